// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import NIOCore
internal import Synchronization

/// Renders answers that take long, one after the other on a thread that is no event loop.
///
/// One thread, so that however many ask, readers take no more than one processor from those who want to be served.
package final class AnswerRenderer: Sendable {
    /// So many answers are given in one turn of an event loop.
    private static let givenAtOnce = 64

    private let queue = Mutex(RenderingQueue<OwnResponder>())
    private let thread = DispatchQueue(label: "paddock-own-routes")

    package init() {}

    /// Asks for an answer whose reading is taken after this call.
    ///
    /// - Parameters:
    ///   - answer: its kind.
    ///   - question: what is asked.
    ///   - responder: where the answer goes.
    func ask(_ answer: SharedAnswer, _ question: String, for responder: OwnResponder) {
        let begins = self.queue.withLock { $0.ask(answer, question, by: responder) }
        if begins { self.thread.async { self.renderAll() } }
    }

    private func renderAll() {
        while let batch = self.queue.withLock({ $0.next() }) {
            for (reply, responders) in zip(batch.answer.render(batch.questions), batch.askers) {
                for (_, group) in Dictionary(grouping: responders, by: { ObjectIdentifier($0.loop) }) {
                    Self.give(reply, to: group[...])
                }
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
}
