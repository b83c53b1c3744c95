// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockProxy

@Suite("What is rendered next")
struct RenderingQueueTests {
    private let stats = SharedAnswer(by: AnswerRenderer()) { OwnReply(200, body: "stats") }
    private let metrics = SharedAnswer(by: AnswerRenderer()) { OwnReply(200, body: "metrics") }

    @Test("Who asks while one is rendered shares the next, and only the first has to begin")
    func shared() {
        var queue = RenderingQueue<Int>()
        var begins = (1...4).map { asker in
            defer { if asker == 1 { _ = queue.next() } }
            return queue.ask(self.stats, "", by: asker)
        }
        #expect(begins == [true, false, false, false])
        let askers = [queue.next()?.askers, queue.next()?.askers]
        #expect(askers == [[[2, 3, 4]], nil])
        begins = [queue.ask(self.stats, "", by: 5)]
        #expect(begins == [true])
    }

    @Test("Kinds take turns, and each question of one is asked once")
    func turns() throws {
        var queue = RenderingQueue<Int>()
        _ = queue.ask(self.stats, "", by: 0)
        _ = queue.next()
        for (asker, question) in ["b", "a", "b", "c"].enumerated() { _ = queue.ask(self.metrics, question, by: asker) }
        _ = queue.ask(self.stats, "", by: 9)
        let next = queue.next()
        let batch = try #require(next)
        #expect(batch.answer === self.metrics)
        #expect(batch.questions == ["b", "a", "c"])
        #expect(batch.askers == [[0, 2], [1], [3]])
        // What is asked of it now goes behind the others.
        _ = queue.ask(self.metrics, "a", by: 1)
        let kinds = [queue.next()?.answer, queue.next()?.answer, queue.next()?.answer]
        #expect(kinds[0] === self.stats && kinds[1] === self.metrics && kinds[2] == nil)
    }
}
