// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import DequeModule
internal import PaddockAdmission
internal import PaddockSockets

/// Who waits for an answer of the admission.
protocol AnswerReceiver: AnyObject {
    /// The admission has answered.
    func receive(_ answer: WaiterAnswer)
}

/// The admission's answers to waiters of one event loop that have not been delivered yet.
///
/// A waiter that gets its answer continues with the next request of its connection, which may make the admission answer the next
/// waiter. So no answer is delivered within an event of another connection: answers wait here until the stack is flat. A drain or
/// a long row of evictions is delivered in several turns of the loop, so that active connections have their turns in between.
final class AnswerQueue {
    /// How many answers are delivered in one turn.
    static let maxPerTurn = 64

    /// A tuple would be copied by calls that ask for its type.
    private struct Pending {
        let receiver: any AnswerReceiver
        let answer: WaiterAnswer
    }

    private let loop: SocketLoop
    private var answers: Deque<Pending> = []

    init(_ loop: SocketLoop) { self.loop = loop }

    /// Adds an answer, which its receiver gets in this turn or one of the next.
    func add(_ answer: WaiterAnswer, for receiver: any AnswerReceiver) {
        self.answers.append(Pending(receiver: receiver, answer: answer))
        if self.answers.count == 1 { self.loop.soon { self.tell() } }
    }

    private func tell() {
        // Answers that arrive meanwhile are for the next turn.
        for _ in 0..<min(self.answers.count, Self.maxPerTurn) {
            // It leaves the queue afterwards, so that what is added meanwhile asks for no second call.
            let first = self.answers[0]
            first.receiver.receive(first.answer)
            self.answers.removeFirst()
        }
        if !self.answers.isEmpty { self.loop.later { self.tell() } }
    }
}
