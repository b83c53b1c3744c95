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
                if case .unload(let model, let backend) = command {
                    admission.unloaded(model, on: backend, now: .now())
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
                ) { admission.unloaded(model, on: backend, now: .now()) }
            }
        }
    }
}
