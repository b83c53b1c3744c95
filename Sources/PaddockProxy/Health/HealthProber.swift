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
    private var health: [BackendHealth]
    /// What was last logged about each backend; nil before its first probe, which the start report shows.
    private var said: [Bool?]

    init(_ loop: LoopContext) {
        self.loop = loop
        self.health = loop.gateway.backends.map { BackendHealth(interval: $0.healthCheck.interval) }
        self.said = Array(repeating: nil, count: loop.gateway.backends.count)
    }

    /// Begins to probe.
    ///
    /// - Parameter answered: called with each backend that answers its first probe.
    /// - Returns: when every backend was probed once.
    func start(answered: @escaping (BackendIndex) -> Void) -> EventLoopFuture<Void> {
        let first = self.health.indices.map { index in
            let backend = BackendIndex(index)
            return self.probe(backend).assumeIsolated().map { if $0 { answered(backend) } }.nonisolated()
        }
        return EventLoopFuture.andAllSucceed(first, on: self.loop.eventLoop)
    }

    private func probe(_ backend: BackendIndex) -> EventLoopFuture<Bool> {
        let check = self.loop.gateway.backends[backend.value].healthCheck
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
            let (isHealthy, next) = self.health[backend.value].probed(probe)
            if let isHealthy {
                let isCertain = probe != .missed
                self.loop.gateway.admission.setBackend(backend, healthy: isHealthy, isCertain: isCertain, now: .now())
                self.say(backend, isHealthy: isHealthy, probe)
            }
            self.loop.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(next)) { _ = self.probe(backend) }
            answered.succeed(probe == .answered)
        }
        return answered.futureResult
    }

    private func say(_ backend: BackendIndex, isHealthy: Bool, _ probe: BackendHealth.Probe) {
        defer { self.said[backend.value] = isHealthy }
        guard let said = self.said[backend.value], said != isHealthy else { return }
        let url = self.loop.gateway.backends[backend.value].url
        if isHealthy {
            self.loop.gateway.logger.info("a backend answers again", metadata: ["backend": "\(url)"])
        } else {
            let path = self.loop.gateway.backends[backend.value].healthCheck.path
            let reason =
                switch probe {
                case .unreachable: "it accepts no connection"
                case .refused(let status): "it answers \(path) with status \(status)"
                default: "it does not answer \(path) in time"
                }
            self.loop.gateway.logger.warning(
                "a backend does not answer",
                metadata: ["backend": "\(url)", "reason": "\(reason)"]
            )
        }
    }
}
