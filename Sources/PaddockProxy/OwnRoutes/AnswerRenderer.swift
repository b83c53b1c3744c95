// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockSockets
internal import Synchronization

/// Renders answers that take long, one after the other on a thread that is no event loop.
///
/// One thread, so that however many ask, readers take no more than one processor from those who want to be served.
final class AnswerRenderer: Sendable {
    /// So many answers are given in one turn of an event loop.
    private static let givenAtOnce = 64

    private struct Asker: Sendable {
        let loop: SocketLoop
        let hear: @Sendable (OwnReply) -> Void
    }

    private let queue = Mutex(RenderingQueue<Asker>())
    private let thread = DispatchQueue(label: "paddock-own-routes")

    /// Asks for an answer whose reading is taken after this call.
    ///
    /// - Parameters:
    ///   - answer: its kind.
    ///   - question: what is asked.
    ///   - loop: where the answer is heard.
    ///   - hear: called with it, on that event loop.
    func ask(
        _ answer: SharedAnswer,
        _ question: String,
        on loop: SocketLoop,
        _ hear: @escaping @Sendable (OwnReply) -> Void
    ) {
        let begins = self.queue.withLock { $0.ask(answer, question, by: Asker(loop: loop, hear: hear)) }
        if begins { self.thread.async { self.renderAll() } }
    }

    private func renderAll() {
        while let batch = self.queue.withLock({ $0.next() }) {
            for (reply, askers) in zip(batch.answer.render(batch.questions), batch.askers) {
                for (_, group) in Dictionary(grouping: askers, by: { ObjectIdentifier($0.loop) }) {
                    Self.give(reply, to: group[...])
                }
            }
        }
    }

    /// Gives an answer to askers of one event loop, to a few in each turn.
    private static func give(_ reply: OwnReply, to askers: ArraySlice<Asker>) {
        guard let loop = askers.first?.loop else { return }
        loop.execute {
            for asker in askers.prefix(Self.givenAtOnce) { asker.hear(reply) }
            Self.give(reply, to: askers.dropFirst(Self.givenAtOnce))
        }
    }
}
