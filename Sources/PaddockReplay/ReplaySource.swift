// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase

/// Turns recorded requests into such as a ``VirtualGateway`` meets.
struct ReplaySource: Sendable {
    /// What requests of a model and kind take, in nanoseconds.
    private struct Typical: Sendable {
        var processing: Int64
        /// Of streams; what comes as a whole comes at its end.
        var streamFirstByte: Int64
    }

    /// What a request takes of which nothing was ever recorded: a second, as the machine supposes it.
    private static let unknown: Int64 = 1_000_000_000

    /// The clients by index, as the setting has them.
    let clients: [Client]
    private let ceilings: [RequestClass]
    private let models: [ModelName]
    private let typical: [Typical]
    private let timeout: Int64?
    /// How long each model takes to load; none if loads are not replayed by themselves.
    private let loadTimes: [Int64]

    init(_ trace: ReplayTrace, _ setting: ReplaySetting) {
        self.models = trace.models
        self.clients = trace.clients.map { client in
            setting.clients[client.name].map { Client(name: client.name, weight: $0.weight) } ?? client
        }
        self.ceilings = trace.clients.map { setting.clients[$0.name]?.ceiling ?? .interactive }
        self.loadTimes = setting.loads?.times ?? []
        self.typical = Self.typical(trace, withoutLoads: setting.loads != nil)
        self.timeout = setting.timeout.map { Nanoseconds($0).count }
    }

    private static func typical(_ trace: ReplayTrace, withoutLoads: Bool) -> [Typical] {
        var processing = trace.models.map { _ in [Int64]() }
        var firstByte = processing
        for request in trace.requests where request.outcome == .completed && request.status < 400 {
            guard let time = request.processing else { continue }
            let load = withoutLoads ? request.loadWait ?? 0 : 0
            processing[Int(request.model)].append(max(0, time - load))
            guard request.expectsStream, let first = request.firstByte else { continue }
            firstByte[Int(request.model)].append(max(0, first - load))
        }
        let ofAll = Quantiles(processing.flatMap(\.self))?.p50 ?? Self.unknown
        return zip(processing, firstByte).map { processing, firstByte in
            let typical = Quantiles(processing)?.p50 ?? ofAll
            return Typical(processing: typical, streamFirstByte: min(Quantiles(firstByte)?.p50 ?? typical, typical))
        }
    }

    /// The class of a request; nothing is better than its client's.
    func requestClass(_ request: ReplayRequest) -> RequestClass {
        self.ceilings[Int(request.client)] == .batch ? .batch : request.requestClass
    }

    /// A recorded request, to be sent again.
    func virtualRequest(_ request: ReplayRequest) -> VirtualRequest {
        let (firstByte, processing) = self.times(request)
        var virtual = VirtualRequest(
            model: self.models[Int(request.model)],
            client: self.clients[Int(request.client)],
            firstByte: firstByte,
            processing: processing
        )
        virtual.loadTime = self.loadTimes.isEmpty ? 0 : self.loadTimes[Int(request.model)]
        virtual.requestClass = self.requestClass(request)
        virtual.isStream = request.expectsStream
        virtual.isDeadlineStated = request.isDeadlineStated
        virtual.deadline = self.deadline(request)
        virtual.patience = request.patience
        (virtual.ending, virtual.status) = self.ending(request)
        virtual.tokens = request.tokens
        return virtual
    }

    /// Whether its first byte, or all of a reply that is not a stream, was still to come when it ended.
    private func isCutShort(_ request: ReplayRequest) -> Bool {
        switch request.outcome.total {
        case .completed, .failed: request.processing == nil
        case .cancelled: request.firstByte == nil
        case .timedOut: request.firstByte == nil || !request.expectsStream
        case .rejected, .wouldTimeOut, .refused: true
        }
    }

    private func times(_ request: ReplayRequest) -> (firstByte: Int64, processing: Int64) {
        let typical = self.typical[Int(request.model)]
        if self.isCutShort(request) {
            // With a slot it would have taken at least that long.
            let processing = max(typical.processing, request.processing ?? 0)
            let firstByte = request.firstByte ?? max(typical.streamFirstByte, request.processing ?? 0)
            return (request.expectsStream ? min(firstByte, processing) : processing, processing)
        }
        let load = self.loadTimes.isEmpty ? 0 : request.loadWait ?? 0
        let processing = request.processing.map { max(0, $0 - load) } ?? typical.processing
        return (min(request.firstByte.map { max(0, $0 - load) } ?? processing, processing), processing)
    }

    private func deadline(_ request: ReplayRequest) -> Int64? {
        guard let timeout = self.timeout else { return request.deadline }
        guard request.isDeadlineStated, let deadline = request.deadline else { return timeout }
        return min(deadline, timeout)
    }

    /// How a request ends, and with which status if it completes.
    private func ending(_ request: ReplayRequest) -> (ending: Ending, status: Int) {
        if self.isCutShort(request) { return (.completed, 200) }
        return switch request.outcome.total {
        case .failed, .timedOut, .cancelled: (request.outcome, 0)
        case .completed, .rejected, .wouldTimeOut, .refused:
            (.completed, request.status > 0 ? Int(request.status) : 200)
        }
    }
}
