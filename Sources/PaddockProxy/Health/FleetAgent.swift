// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
package import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
package import PaddockSockets

/// Carries out what the admission wants done on backends: unload a model, look what is loaded.
package final class FleetAgent: Sendable {
    /// How long a backend may take to unload. Ollama answers when the runner has been told to end.
    private static let timeout = TimeAmount.seconds(5)
    /// How long it may take to load: as long as Ollama gives a load that makes progress.
    private static let loadTimeout = TimeAmount.minutes(5)
    /// How long its answer may be, in bytes.
    private static let maxBytes = 64 << 10

    private let eventLoop: SocketLoop
    private let watchers: NIOLoopBoundBox<[BackendIndex: ModelWatcher]>

    /// - Parameter eventLoop: where it asks.
    package init(on eventLoop: SocketLoop) {
        self.eventLoop = eventLoop
        self.watchers = NIOLoopBoundBox.makeBoxSendingValue([:], eventLoop: eventLoop)
    }

    /// Begins to watch the backends; what was wanted before counts as not answered.
    func start(_ loop: LoopContext) {
        for backend in loop.backends.indices { self.watch(backend, on: loop) }
    }

    /// Begins to watch a backend, until it is retired.
    func watch(_ backend: BackendIndex, on loop: LoopContext) {
        let watcher = self.watchers.value[backend] ?? ModelWatcher(backend, on: loop)
        self.watchers.value[backend] = watcher
        watcher.ask()
    }

    /// Carries out a command, and tells the admission when it is done, or has not been done in time.
    package func perform(_ admission: AdmissionController, _ command: BackendCommand) {
        self.eventLoop.execute {
            guard let watcher = self.watchers.value[command.backend] else {
                switch command {
                case .look: break
                case .unload(let model, let backend): admission.unloaded(model, on: backend, now: .now())
                case .load(let model, let backend):
                    admission.preloaded(model, on: backend, succeeded: false, now: .now())
                }
                return
            }
            switch command {
            case .look: watcher.ask()
            case .unload(let model, let backend):
                let body: JSONText = #"{"model":\#(model.description),"keep_alive":0,"stream":false}"#
                watcher.post(
                    "/api/generate",
                    body.string,
                    timeout: Self.timeout,
                    maxBytes: Self.maxBytes
                ) { _ in admission.unloaded(model, on: backend, now: .now()) }
            case .load(let model, let backend):
                self.load(model, with: watcher) { admission.preloaded(model, on: backend, succeeded: $0, now: .now()) }
            }
        }
    }

    /// Loads a model for good: as Ollama does for a prompt that is empty, or for an input if it only makes embeddings.
    private func load(_ model: ModelName, with watcher: ModelWatcher, _ done: @escaping (Bool) -> Void) {
        let generate: JSONText = #"{"model":\#(model.description),"keep_alive":-1,"stream":false}"#
        watcher.post("/api/generate", generate.string, timeout: Self.loadTimeout, maxBytes: Self.maxBytes) {
            succeeded in
            if succeeded { return done(true) }
            let embed: JSONText = #"{"model":\#(model.description),"keep_alive":-1,"input":"."}"#
            watcher.post("/api/embed", embed.string, timeout: Self.loadTimeout, maxBytes: Self.maxBytes, done)
        }
    }
}
