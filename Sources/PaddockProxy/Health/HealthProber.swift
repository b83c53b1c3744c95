// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockAdmission

/// Asks the backends now and then whether they are healthy, and tells the admission.
final class HealthProber {
    /// How long the answer to a probe may be.
    private static let maxReplyBytes = 16 << 20

    private let loop: LoopContext
    private var watches: [BackendIndex: Watch] = [:]
    /// How many watches were begun.
    private var begun = 0

    /// What is known of a backend since it was begun to be probed.
    private struct Watch {
        let number: Int
        var health: BackendHealth
        /// What was last logged; nil before the first probe, which the start report shows.
        var said: Bool?
    }

    init(_ loop: LoopContext) { self.loop = loop }

    /// Begins to probe all backends.
    ///
    /// - Parameter answered: called with each backend that answers its first probe.
    /// - Returns: when every backend was probed once.
    func start(answered: @escaping (BackendIndex) -> Void) -> EventLoopFuture<Void> {
        let first = self.loop.backends.indices.map { backend in
            self.begin(backend).assumeIsolated().map { if $0 { answered(backend) } }.nonisolated()
        }
        return EventLoopFuture.andAllSucceed(first, on: self.loop.eventLoop)
    }

    /// Begins to probe a backend, until it is retired.
    ///
    /// - Returns: whether it answers the first probe.
    func begin(_ backend: BackendIndex) -> EventLoopFuture<Bool> {
        self.begun += 1
        let interval = self.loop.backends[backend].healthCheck.interval
        self.watches[backend] = Watch(number: self.begun, health: BackendHealth(interval: interval))
        return self.probe(backend, self.begun)
    }

    private func probe(_ backend: BackendIndex, _ number: Int) -> EventLoopFuture<Bool> {
        let check = self.loop.backends[backend].healthCheck
        let question = ForwardedRequest.Question(target: check.path, requestID: self.loop.ids.next())
        let budget = CollectedReply.Budget(Self.maxReplyBytes)
        let timeout = TimeAmount(BackendHealth.probeTimeout)
        let fetch = Fetch(question, to: backend, timeout: timeout, within: budget, on: self.loop).result
        let answered = self.loop.eventLoop.makePromise(of: Bool.self)
        fetch.assumeIsolated().whenComplete { result in
            let probe: BackendHealth.Probe =
                switch result {
                case .success(let reply): check.accepts(reply.status) ? .answered : .refused(status: reply.status)
                case .failure(ErrorCause.backendUnreachable(_)): .unreachable
                case .failure(ErrorCause.outOfResources(_)): .notAsked
                case .failure: .missed
                }
            defer { answered.succeed(probe == .answered) }
            guard self.watches[backend]?.number == number, !self.loop.backends.isRetired(backend),
                let (isHealthy, next) = self.watches[backend]?.health.probed(probe)
            else { return }
            if let isHealthy {
                let isCertain = probe != .missed
                self.loop.gateway.admission.setBackend(backend, healthy: isHealthy, isCertain: isCertain, now: .now())
                self.say(backend, isHealthy: isHealthy, probe)
            }
            self.loop.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(next)) {
                _ = self.probe(backend, number)
            }
        }
        return answered.futureResult
    }

    private func say(_ backend: BackendIndex, isHealthy: Bool, _ probe: BackendHealth.Probe) {
        defer { self.watches[backend]?.said = isHealthy }
        guard let said = self.watches[backend]?.said, said != isHealthy else { return }
        let url = self.loop.backends[backend].url
        if isHealthy {
            self.loop.gateway.note(GatewayEvent(.backendUp, "\(url)"))
        } else {
            let path = self.loop.backends[backend].healthCheck.path
            let reason =
                switch probe {
                case .unreachable: "it accepts no connection"
                case .refused(let status): "it answers \(path) with status \(status)"
                default: "it does not answer \(path) in time"
                }
            var event = GatewayEvent(.backendDown, "\(url)")
            event.reason = reason
            self.loop.gateway.note(event)
        }
    }
}
