// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What the shell must do after an event; most events ask for nothing.
struct AdmissionActions<Payload> {
    /// What few events ask for, in one list: an empty one costs each event something.
    fileprivate enum Further {
        case answer(Payload, WaiterAnswer)
        case command(BackendCommand)
        case left(Ticket)
    }

    /// Call ``AdmissionStateMachine/deadlineReached(now:)`` at this instant, which is earlier than any that was asked for.
    var nextDeadline: Instant?
    // A request that ends starts one waiter at most, so that the first answer has a place that costs no allocation.
    private var first: (waiter: Payload, answer: WaiterAnswer)?
    private var further: [Further] = []

    /// Adds an answer to a waiter.
    mutating func answer(_ waiter: Payload, _ answer: WaiterAnswer) {
        if self.first == nil {
            self.first = (waiter, answer)
        } else {
            self.further.append(.answer(waiter, answer))
        }
    }

    /// Adds what is to be done on a backend.
    mutating func command(_ command: BackendCommand) { self.further.append(.command(command)) }

    /// What is to be done on backends.
    var commands: [BackendCommand] {
        self.further.compactMap { if case .command(let command) = $0 { command } else { nil } }
    }

    /// Adds a request that has left its queue without a slot, for whoever follows.
    mutating func left(_ ticket: Ticket) { self.further.append(.left(ticket)) }

    /// The requests that have left their queues.
    var leavers: [Ticket] { self.further.compactMap { if case .left(let ticket) = $0 { ticket } else { nil } } }

    /// Passes on all answers, in the order in which they came about.
    func forEachAnswer(_ body: (_ waiter: Payload, _ answer: WaiterAnswer) -> Void) {
        guard let first = self.first else { return }
        body(first.waiter, first.answer)
        for case .answer(let waiter, let answer) in self.further { body(waiter, answer) }
    }

    /// Whether nobody but one waiter is to be told, and nothing else is to be done.
    var isPlain: Bool { self.further.isEmpty }
}

extension AdmissionActions: Sendable where Payload: Sendable {}
extension AdmissionActions.Further: Sendable where Payload: Sendable {}
