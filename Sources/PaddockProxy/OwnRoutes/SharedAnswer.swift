// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import Dispatch
internal import NIOCore
internal import Synchronization

/// A kind of answer that takes long to render: it is rendered off the event loops, and once for all who ask meanwhile.
///
/// At most one rendering of a kind runs and one waits: requests that arrive while one runs share the next, as the reading of
/// the first may be older than they are. Kinds that share a queue take turns, and take no more than one processor.
package final class SharedAnswer: Sendable {
    /// The most answers that are given in one turn of an event loop.
    private static let givenAtOnce = 64

    private let queue: DispatchQueue
    private let renderAll: @Sendable ([String]) -> [OwnReply]
    /// The requests that wait for the next rendering, by their question.
    private let waiting = Mutex<[String: [OwnResponder]]>([:])

    /// An answer that depends on what is asked.
    ///
    /// - Parameters:
    ///   - queue: the serial queue on which it is rendered.
    ///   - renderAll: given what is asked, each question once, gives the answers in the same order, all of one reading.
    package init(on queue: DispatchQueue, toAll renderAll: @escaping @Sendable (_ questions: [String]) -> [OwnReply]) {
        self.queue = queue
        self.renderAll = renderAll
    }

    /// An answer that is the same for all who ask.
    package convenience init(on queue: DispatchQueue, _ render: @escaping @Sendable () -> OwnReply) {
        self.init(on: queue, toAll: { $0.map { _ in render() } })
    }

    /// The answer to a question, whose reading is taken after this call.
    ///
    /// - Parameter question: what is asked; empty if there is nothing to choose.
    package func answer(_ question: String = "") -> OwnAnswer {
        .later { responder in
            let isFirst = self.waiting.withLock { waiting in
                defer { waiting[question, default: []].append(responder) }
                return waiting.isEmpty
            }
            if isFirst { self.queue.async { self.answerWaiting() } }
        }
    }

    private func answerWaiting() {
        let waiting = self.waiting.withLock { Swift.exchange(&$0, with: [:]) }
        for (reply, responders) in zip(self.render(Array(waiting.keys)), waiting.values) {
            for (_, group) in Dictionary(grouping: responders, by: { ObjectIdentifier($0.loop) }) {
                Self.give(reply, to: group[...])
            }
        }
    }

    /// Gives an answer to clients of one event loop, to a few in each turn.
    private static func give(_ reply: OwnReply, to responders: ArraySlice<OwnResponder>) {
        responders.first?.loop.execute {
            for responder in responders.prefix(Self.givenAtOnce) { responder.replyOnLoop(reply) }
            Self.give(reply, to: responders.dropFirst(Self.givenAtOnce))
        }
    }

    /// Renders the answers to some questions, on the calling thread.
    ///
    /// - Parameter questions: what is asked, each question once.
    /// - Returns: the answers in the same order.
    package func render(_ questions: [String]) -> [OwnReply] {
        let replies = self.renderAll(questions)
        precondition(replies.count == questions.count, "each question has an answer")
        return replies
    }
}
