// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockJSON

/// `POST /api/pull`: a download that takes as long as loading does and downloads nothing.
final class PullExchange: Exchange {
    private static let steps = 10

    private let connection: SimulatorConnection
    private let engine: SimulatorEngine
    private let model: SimulatedModel
    private let streams: Bool
    private var step = 0
    private var timer: Scheduled<Void>?

    init(model: SimulatedModel, streams: Bool, connection: SimulatorConnection, engine: SimulatorEngine) {
        self.model = model
        self.streams = streams
        self.connection = connection
        self.engine = engine
    }

    func start() {
        if self.streams { self.connection.beginStream(contentType: "application/x-ndjson") }
        self.line(#"{"status":"pulling manifest"}"#)
        self.progress()
    }

    func writabilityChanged(isWritable: Bool) {}

    func cancel() {
        self.timer?.cancel()
        self.timer = nil
        self.step = Self.steps + 1
    }

    private func progress() {
        guard self.step <= Self.steps else { return }
        let completed = self.model.size / Int64(Self.steps) * Int64(self.step)
        self.line(
            #"""
            {"status":\#("pulling \(self.model.digest.prefix(12))"),"digest":\#("sha256:\(self.model.digest)"),\#
            "total":\#(self.model.size),"completed":\#(self.step == Self.steps ? self.model.size : completed)}
            """#
        )
        self.step += 1
        if self.step > Self.steps {
            self.finish()
            return
        }
        let delay = TimeAmount.nanoseconds(self.engine.options.loadNanoseconds / Int64(Self.steps))
        self.timer = self.engine.eventLoop.assumeIsolated().scheduleTask(in: delay) { self.progress() }
    }

    private func finish() {
        self.timer = nil
        guard self.engine.catalogue.install(self.model.name, now: self.engine.clock.seconds) else {
            self.end(.error(.tooManyModels, .ollama))
            return
        }
        self.line(#"{"status":"verifying sha256 digest"}"#)
        self.line(#"{"status":"writing manifest"}"#)
        self.end(.json(#"{"status":"success","simulated":true}"#))
    }

    private func line(_ text: JSONText) {
        if self.streams { self.connection.writeChunk(("\(text)\n" as JSONText).buffer) }
    }

    private func end(_ reply: HTTPReply) {
        guard self.streams else { return self.connection.send(reply) }
        var lastLine = reply.body
        lastLine.writeString("\n")
        self.connection.endStream(lastLine)
    }
}
