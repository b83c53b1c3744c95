// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockProxy

/// Everything of the server that is told of each request that has ended, in this order.
///
/// One observer with a field for each, as to go through a list costs each request a retain and a release for every one of them.
final class EndedRequests: ExchangeObserver {
    private let history: RequestHistory
    private let clients: ClientBoard
    private let access: AccessLog
    private let unserved: RequestHistory
    private let trace: TraceWriter?
    private let usage: UsageRecorder?
    private let archive: HistoryRecorder?

    /// - Parameters:
    ///   - services: the history, the clients, what was not served, usage and what is kept of requests.
    ///   - access: the access log.
    ///   - trace: the trace, if one is written.
    init(_ services: GatewayServices, access: AccessLog, trace: TraceWriter?) {
        self.history = services.history
        self.clients = services.clients
        self.access = access
        self.unserved = services.dashboard.unserved
        self.trace = trace
        self.usage = services.usage
        self.archive = services.archive
    }

    func ended(_ record: SharedRecord, onLoop loop: Int) {
        self.history.ended(record, onLoop: loop)
        self.clients.ended(record, onLoop: loop)
        self.access.ended(record, onLoop: loop)
        self.unserved.ended(record, onLoop: loop)
        if let trace = self.trace { trace.ended(record, onLoop: loop) }
        if let usage = self.usage { usage.ended(record, onLoop: loop) }
        if let archive = self.archive { archive.ended(record, onLoop: loop) }
    }
}
