// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("Answers that are rendered for all who ask meanwhile")
struct SharedAnswerTests {
    /// What was rendered, and who got what.
    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])

        func note(_ line: String) { self.lines.withLock { $0.append(line) } }

        /// What was noted since the last call.
        func take() -> [String] { self.lines.withLock { Swift.exchange(&$0, with: []) } }
    }

    private let queue = DispatchQueue(label: "test", attributes: .initiallyInactive)
    private let loop: SocketLoop
    private let rendered = Log()
    private let given = Log()

    init() throws { self.loop = try SocketLoop.manual() }

    private func kind(_ name: String) -> SharedAnswer {
        SharedAnswer(
            on: self.queue,
            toAll: { questions in
                self.rendered.note("\(name) \(questions.sorted())")
                return questions.map { OwnReply(200, body: "\(name) \($0)") }
            }
        )
    }

    private func ask(_ kind: SharedAnswer, _ question: String, by asker: Int) {
        guard case .later(let begin) = kind.answer(question) else {
            Issue.record("it is answered at once")
            return
        }
        begin(OwnResponder(on: self.loop) { self.given.note("\(asker): \($0.body)") })
    }

    /// Lets everything that was asked be rendered and given.
    private func settle() {
        self.queue.activate()
        self.queue.sync {}
        for _ in 0..<5 { self.loop.turn(mayWait: false) }
    }

    @Test("Kinds take turns, and each question of one is rendered once for all who ask it")
    func turns() {
        let (stats, metrics) = (self.kind("stats"), self.kind("metrics"))
        self.ask(stats, "", by: 0)
        for (asker, question) in ["b", "a", "b", "c"].enumerated() { self.ask(metrics, question, by: asker + 1) }
        self.ask(stats, "", by: 9)
        #expect(self.rendered.take() == [] && self.given.take() == [])
        self.settle()
        #expect(self.rendered.take() == [#"stats [""]"#, #"metrics ["a", "b", "c"]"#])
        let given = ["0: stats ", "1: metrics b", "2: metrics a", "3: metrics b", "4: metrics c", "9: stats "]
        #expect(self.given.take().sorted() == given)
        self.ask(metrics, "b", by: 1)
        self.settle()
        #expect(self.rendered.take() == [#"metrics ["b"]"#])
        #expect(self.given.take() == ["1: metrics b"])
    }

    @Test("A responder answers once, and with an error if it is released without an answer")
    func responder() {
        do {
            let responder = OwnResponder(on: self.loop) { self.given.note("\($0.status) \($0.body)") }
            responder.reply(OwnReply(200, body: "a"))
            responder.reply(OwnReply(200, body: "b"))
        }
        self.settle()
        #expect(self.given.take() == ["200 a"])
        _ = OwnResponder(on: self.loop) { self.given.note("\($0.status)") }
        self.settle()
        #expect(self.given.take() == ["500"])
    }
}
