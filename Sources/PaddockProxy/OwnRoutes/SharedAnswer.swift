// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A kind of answer that takes long to render: it is rendered off the event loops, and once for all who ask meanwhile.
package final class SharedAnswer: Sendable {
    private let renderAll: @Sendable ([String]) -> [OwnReply]

    /// An answer that depends on what is asked.
    ///
    /// - Parameter renderAll: given what is asked, each question once, gives the answers in the same order, all of one reading.
    package init(toAll renderAll: @escaping @Sendable (_ questions: [String]) -> [OwnReply]) {
        self.renderAll = renderAll
    }

    /// An answer that depends on what is asked, each question with a reading of its own.
    package convenience init(toEach render: @escaping @Sendable (_ question: String) -> OwnReply) {
        self.init(toAll: { $0.map(render) })
    }

    /// An answer that is the same for all who ask.
    package convenience init(_ render: @escaping @Sendable () -> OwnReply) {
        self.init(toEach: { _ in render() })
    }

    /// Renders the answers to some questions.
    ///
    /// - Parameter questions: what is asked, each question once; empty ones where there is nothing to choose.
    /// - Returns: the answers in the same order.
    package func render(_ questions: [String]) -> [OwnReply] {
        let replies = self.renderAll(questions)
        precondition(replies.count == questions.count, "each question has an answer")
        return replies
    }
}

/// How a request to an own route is answered.
package enum OwnAnswer: Sendable {
    /// At once.
    case now(OwnReply)
    /// When it has been rendered.
    case later(SharedAnswer, question: String = "")
}
