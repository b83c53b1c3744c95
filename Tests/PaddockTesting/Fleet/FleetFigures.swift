// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How a simulated fleet did. Times are in seconds.
package struct FleetFigures: Sendable {
    /// Requests that were served.
    package let served: Int
    /// Requests that never got a slot.
    package let unserved: Int
    /// Loads for each hundred requests that were served.
    package let swapsPerHundred: Double
    /// Requests that were served, per second.
    package let requestsPerSecond: Double
    /// The part of the time in which a host was working on requests.
    package let useful: Double
    /// From the arrival to the slot of a host, sorted; of those that never got one, to the end.
    package let waits: [Double]
    /// The same by client.
    package let waitsOfClient: [String: [Double]]
    /// Jain's index of the service that each client got while it had something waiting; `nil` if hardly two had.
    package let fairness: Double?
    /// Requests that were sent to a model while its host was evicting it.
    package let sentToLeaving: Int

    init(_ requests: [FleetRequest], hosts: [VirtualHost], end: Double) {
        let ended = requests.filter { $0.ended != nil }
        let length = ended.compactMap(\.ended).max() ?? 1
        func wait(_ request: FleetRequest) -> Double? {
            if let started = request.started { return request.ended == nil ? nil : started - request.arrived }
            return end - request.arrived
        }
        self.served = ended.count
        self.unserved = requests.count { $0.started == nil }
        self.swapsPerHundred = 100 * Double(hosts.reduce(0) { $0 + $1.loads }) / Double(max(1, ended.count))
        self.requestsPerSecond = Double(ended.count) / length
        self.useful = hosts.reduce(0) { $0 + $1.busyTime } / (Double(hosts.count) * length)
        self.waits = requests.compactMap(wait).sorted()
        self.waitsOfClient = Dictionary(grouping: requests, by: \.client)
            .mapValues { $0.map { ($0.started ?? end) - $0.arrived }.sorted() }
        self.fairness = Self.fairness(requests, length: length, end: end)
        self.sentToLeaving = hosts.reduce(0) { $0 + $1.sentToLeaving }
    }

    /// The wait that a share of all stays below.
    ///
    /// - Parameter share: 0 to 1.
    package func wait(_ share: Double) -> Double { Self.quantile(self.waits, share) }

    /// The value of a sorted list that a share of all is below; not a number if there are none.
    package static func quantile(_ values: [Double], _ share: Double) -> Double {
        values.isEmpty ? .nan : values[min(values.count - 1, Int(share * Double(values.count)))]
    }

    private static func fairness(_ requests: [FleetRequest], length: Double, end: Double) -> Double? {
        var shares: [Double] = []
        for (_, own) in Dictionary(grouping: requests, by: \.client) {
            let backlogs = Self.united(
                own.map { ($0.arrived, $0.started ?? end) }.filter { $0.1 - $0.0 > 0.05 }.sorted { $0.0 < $1.0 }
            )
            let waited = backlogs.reduce(0) { $0 + $1.1 - $1.0 }
            guard waited >= 0.25 * length else { continue }
            var service = 0.0
            for request in own {
                guard let started = request.started, let ended = request.ended, ended > started else { continue }
                for (from, to) in backlogs {
                    let common = min(to, ended) - max(from, started)
                    if common > 0 { service += common * request.machineTime / (ended - started) }
                }
            }
            shares.append(service / waited)
        }
        guard shares.count > 1 else { return nil }
        let (sum, squares) = (shares.reduce(0, +), shares.reduce(0) { $0 + $1 * $1 })
        return squares > 0 ? sum * sum / (Double(shares.count) * squares) : 1
    }

    /// Intervals in order of their begin, with those united that overlap.
    private static func united(_ intervals: [(Double, Double)]) -> [(Double, Double)] {
        intervals.reduce(into: []) { united, next in
            if let last = united.last, next.0 <= last.1 {
                united[united.count - 1].1 = max(last.1, next.1)
            } else {
                united.append(next)
            }
        }
    }
}
