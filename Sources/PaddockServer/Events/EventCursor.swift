// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// How far a client that follows events has come: for each gateway the number of the last event that it has.
///
/// Without a cluster it is one number, which is its text as well. In a cluster its text names the gateways, so that the client can go on at
/// another member: `1764331200123,a:12,b:7`.
struct EventCursor: Equatable, Sendable {
    private static let maxGateways = 64

    /// The numbers, by the names of gateways; without a cluster the only one has the name ``alone``.
    var numbers: [String: Int]
    /// Of a gateway without a number those are news that happened later than this, in milliseconds since 1970.
    var time: Int

    /// The name of a gateway that is of no cluster.
    static let alone = ""

    init(_ numbers: [String: Int], time: Int) { (self.numbers, self.time) = (numbers, time) }

    /// The number of a gateway that is of no cluster.
    init(number: Int) { self.init([Self.alone: number], time: 0) }

    /// Reads the text of a cluster; nil if it is none.
    init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= Self.maxGateways + 1, let time = parts.first.flatMap({ Int($0) }), time >= 0 else {
            return nil
        }
        var numbers: [String: Int] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: ":", omittingEmptySubsequences: false)
            guard pair.count == 2, !pair[0].isEmpty, let number = Int(pair[1]), number >= 0,
                numbers.updateValue(number, forKey: String(pair[0])) == nil
            else { return nil }
        }
        guard !numbers.isEmpty else { return nil }
        self.init(numbers, time: time)
    }

    /// What a client sends back to go on from here.
    var text: String {
        if let number = self.numbers[Self.alone] { return String(number) }
        return (["\(self.time)"] + self.numbers.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" })
            .joined(separator: ",")
    }

    /// Behind what the news of a gateway begin.
    enum Start {
        /// An event with a number.
        case number(Int)
        /// A time, in milliseconds since 1970.
        case time(Int)

        /// Whether an event is news.
        ///
        /// - Parameters:
        ///   - number: its number.
        ///   - time: when it happened, in milliseconds since 1970.
        func isBefore(_ number: Int, time: @autoclosure () -> Int) -> Bool {
            switch self {
            case .number(let last): number > last
            case .time(let last): time() > last
            }
        }
    }

    /// Behind what the news of a gateway begin; the same for all its events, so asked once.
    ///
    /// - Parameters:
    ///   - gateway: its name.
    ///   - newest: the number of the last event there. If it is less than the client's, it counts anew, as after a restart without a store.
    func start(of gateway: String, newest: Int) -> Start {
        guard let last = self.numbers[gateway] else { return .time(self.time) }
        return .number(last > newest ? .min : last)
    }
}
