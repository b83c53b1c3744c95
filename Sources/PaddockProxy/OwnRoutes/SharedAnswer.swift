// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A kind of answer that takes long to render: it is rendered off the event loops, and once for all who ask meanwhile.
package final class SharedAnswer: Sendable {
    private let renderer: AnswerRenderer
    private let renderAll: @Sendable ([String]) -> [OwnReply]

    /// An answer that depends on what is asked.
    ///
    /// - Parameters:
    ///   - renderer: the thread that renders it.
    ///   - renderAll: given what is asked, each question once, gives the answers in the same order, all of one reading.
    package init(by renderer: AnswerRenderer, toAll renderAll: @escaping @Sendable ([String]) -> [OwnReply]) {
        self.renderer = renderer
        self.renderAll = renderAll
    }

    /// An answer that depends on what is asked, each question with a reading of its own.
    package convenience init(
        by renderer: AnswerRenderer,
        toEach render: @escaping @Sendable (_ question: String) -> OwnReply
    ) {
        self.init(by: renderer, toAll: { $0.map(render) })
    }

    /// An answer that is the same for all who ask.
    package convenience init(by renderer: AnswerRenderer, _ render: @escaping @Sendable () -> OwnReply) {
        self.init(by: renderer, toEach: { _ in render() })
    }

    /// The answer to a question, whose reading is taken after this call.
    ///
    /// - Parameter question: what is asked; empty if there is nothing to choose.
    package func answer(_ question: String = "") -> OwnAnswer {
        .later { self.renderer.ask(self, question, for: $0) }
    }

    /// Renders the answers to some questions.
    ///
    /// - Parameter questions: what is asked, each question once.
    /// - Returns: the answers in the same order.
    package func render(_ questions: [String]) -> [OwnReply] {
        let replies = self.renderAll(questions)
        precondition(replies.count == questions.count, "each question has an answer")
        return replies
    }
}
