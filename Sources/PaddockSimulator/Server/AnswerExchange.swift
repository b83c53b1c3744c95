// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// An inference request: turns what the state machine produces into a reply.
final class AnswerExchange: Exchange, RequestClient {
    /// What the reply is.
    enum Output {
        /// One write for each token.
        case stream(any AnswerWriter, AnswerTokens, ending: AnswerPlan.Ending)
        /// One piece, once the request is done.
        case whole((RequestReport) -> HTTPReply)
    }

    private let id: RequestID
    private let connection: SimulatorConnection
    private let engine: SimulatorEngine
    private var output: Output
    private let promptTokens: Int
    private let dialect: Dialect
    private var hasBegun = false
    private var isOver = false

    /// - Parameter dialect: Of errors.
    init(
        work: Work,
        output: Output,
        dialect: Dialect,
        connection: SimulatorConnection,
        engine: SimulatorEngine
    ) {
        self.id = engine.makeID()
        self.output = output
        self.promptTokens = work.promptTokens
        self.dialect = dialect
        self.connection = connection
        self.engine = engine
    }

    func start(_ work: Work) {
        self.engine.start(self.id, work: work, client: self)
    }

    func produced(tokens: Int) {
        guard !self.isOver, case .stream(var writer, var source, let ending) = self.output else { return }
        for _ in 0..<tokens {
            guard let token = source.next(), !self.isOver else { break }
            let text: JSONText = "\(self.begin(&writer))\(writer.token(token))"
            // Not every token is an event; an empty chunk would be the end of the stream.
            if !text.bytes.isEmpty { self.connection.writeChunk(text.buffer) }
        }
        self.output = .stream(writer, source, ending: ending)
    }

    func finished(_ report: RequestReport) {
        guard !self.isOver else { return }
        self.isOver = true
        switch self.output {
        case .stream(var writer, _, let ending):
            let text: JSONText = "\(self.begin(&writer))\(writer.end(report, ending: ending))"
            self.connection.endStream(text.buffer)
        case .whole(let reply):
            self.connection.send(reply(report))
        }
    }

    func refused(_ refusal: Refusal) {
        guard !self.isOver else { return }
        self.isOver = true
        let error = RequestError(refusal)
        if self.hasBegun {
            self.connection.endStream(self.dialect.errorEvent(status: error.status, message: error.message).buffer)
        } else {
            self.connection.send(.error(error, self.dialect))
        }
    }

    func writabilityChanged(isWritable: Bool) {
        guard !self.isOver, case .stream = self.output else { return }
        if isWritable {
            self.engine.resume(self.id)
        } else {
            self.engine.pause(self.id)
        }
    }

    func cancel() {
        guard !self.isOver else { return }
        self.isOver = true
        self.engine.cancel(self.id)
    }

    private func begin(_ writer: inout any AnswerWriter) -> JSONText {
        guard !self.hasBegun else { return "" }
        self.hasBegun = true
        self.connection.beginStream(contentType: "\(writer.streamType)")
        return writer.begin(RequestReport(promptTokens: self.promptTokens))
    }
}
