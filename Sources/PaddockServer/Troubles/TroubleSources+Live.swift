// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy

extension TroubleSources {
    /// The least time without a first byte that is told of.
    private static let leastSilence = Nanoseconds.seconds(4)

    /// Reads what requests, connections and operators do just now.
    ///
    /// - Parameters:
    ///   - survey: the connections.
    ///   - reading: what was read of the models so far; is completed.
    func readLive(_ survey: ConnectionSurvey, into reading: inout TroubleReading) {
        let active = self.admission.activeRequests(now: .now())
        reading.silences = self.silences(active, reading)
        let stalled = Dictionary(grouping: active.filter { $0.stall == .client }, by: \.client)
        reading.stalled = stalled.map { client, requests in
            let longest = requests.compactMap(\.stalled).max() ?? .zero
            return TroubleReading.Stalled(client: client, count: requests.count, longest: longest)
        }
        reading.paused = self.orders.all.filter(\.value.isPaused).map(\.key)
        let busiest = survey.addresses.max { $0.value.connections < $1.value.connections }
        if let (address, counts) = busiest, let most = reading.maxFiles {
            reading.busiestAddress = TroubleReading.Address(
                address: address,
                connections: counts.connections,
                idle: counts.idle,
                limit: OpenFileLimit.clientConnections(of: most)
            )
        }
    }

    /// Requests without a first byte for three times as long as nine in ten of their model need.
    private func silences(_ active: [RequestSnapshot], _ reading: TroubleReading) -> [TroubleReading.Silence] {
        let usual = Dictionary(reading.models.map { ($0.name, $0.usualFirstByte) }) { first, _ in first }
        let urls = self.backends.texts
        return Dictionary(grouping: active.filter { $0.backend != nil }, by: \.backend).compactMap {
            backend,
            requests in
            guard let backend, urls.indices.contains(Int(backend.row)) else { return nil }
            let silent = requests.compactMap { request -> (time: Nanoseconds, usual: Nanoseconds)? in
                guard request.progress?.lastChunk == nil, let time = request.processing,
                    let usual = usual[request.model.description] ?? nil, time >= max(Self.leastSilence, usual * 3)
                else { return nil }
                return (time, usual)
            }
            guard let longest = silent.max(by: { $0.time < $1.time }) else { return nil }
            return TroubleReading.Silence(
                backend: urls[Int(backend.row)],
                count: silent.count,
                active: requests.count,
                longest: longest.time,
                usual: longest.usual
            )
        }
    }
}
