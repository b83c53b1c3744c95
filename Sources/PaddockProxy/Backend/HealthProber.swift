// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockAdmission

/// Asks the backends for their version now and then, and tells the admission which of them answer.
final class HealthProber {
    private let loop: LoopContext
    private var health: [BackendHealth]
    /// What was last said of each backend; nil before its first probe, of which the start report tells.
    private var said: [Bool?]

    init(_ loop: LoopContext) {
        self.loop = loop
        self.health = Array(repeating: BackendHealth(), count: loop.gateway.backends.count)
        self.said = Array(repeating: nil, count: loop.gateway.backends.count)
    }

    /// Begins to probe.
    ///
    /// - Parameter answered: called with each backend that answers its first probe.
    /// - Returns: when every backend was probed once.
    func start(answered: @escaping (Int) -> Void) -> EventLoopFuture<Void> {
        let first = self.health.indices.map { backend in
            self.probe(backend).assumeIsolated().map { if $0 { answered(backend) } }.nonisolated()
        }
        return EventLoopFuture.andAllSucceed(first, on: self.loop.eventLoop)
    }

    private func probe(_ backend: Int) -> EventLoopFuture<Bool> {
        let fetch = BackendFetch.get(
            "/api/version",
            from: backend,
            requestID: self.loop.nextRequestID(),
            timeout: TimeAmount(BackendHealth.probeTimeout),
            on: self.loop
        )
        let answered = self.loop.eventLoop.makePromise(of: Bool.self)
        fetch.assumeIsolated().whenComplete { result in
            let probe: BackendHealth.Probe =
                switch result {
                case .success(let reply): reply.status < 500 ? .answered : .missed
                case .failure(let error as ExchangeError):
                    switch error.failure {
                    case .backendUnreachable: .unreachable
                    case .outOfResources: .notAsked
                    default: .missed
                    }
                case .failure: .missed
                }
            let (isHealthy, next) = self.health[backend].probed(probe)
            if let isHealthy {
                self.loop.gateway.admission.setBackend(backend, healthy: isHealthy, now: .now())
                self.say(backend, isHealthy: isHealthy, probe)
            }
            self.loop.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(next)) { _ = self.probe(backend) }
            answered.succeed(probe == .answered)
        }
        return answered.futureResult
    }

    private func say(_ backend: Int, isHealthy: Bool, _ probe: BackendHealth.Probe) {
        defer { self.said[backend] = isHealthy }
        guard let said = self.said[backend], said != isHealthy else { return }
        let url = self.loop.gateway.backends[backend].url
        if isHealthy {
            self.loop.gateway.logger.info("a backend answers again", metadata: ["backend": "\(url)"])
        } else {
            let reason =
                probe == .unreachable
                ? "it accepts no connection" : "it does not answer /api/version in time, or with an error"
            self.loop.gateway.logger.warning(
                "a backend does not answer",
                metadata: ["backend": "\(url)", "reason": "\(reason)"]
            )
        }
    }
}
