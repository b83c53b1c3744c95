// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What the shell must do after an event; most events ask for nothing.
struct AdmissionActions<Payload> {
    /// Call ``AdmissionStateMachine/deadlineReached(now:)`` at this instant, which is earlier than any that was asked for.
    var nextDeadline: Instant?
    /// What is to be done on backends.
    private(set) var commands: [BackendCommand] = []
    // A request that ends starts one waiter at most, so that the first answer has a place that costs no allocation.
    private var first: (waiter: Payload, answer: WaiterAnswer)?
    private var others: [(waiter: Payload, answer: WaiterAnswer)] = []

    /// Adds an answer to a waiter.
    mutating func answer(_ waiter: Payload, _ answer: WaiterAnswer) {
        if self.first == nil {
            self.first = (waiter, answer)
        } else {
            self.others.append((waiter, answer))
        }
    }

    /// Adds what is to be done on a backend.
    mutating func command(_ command: BackendCommand) { self.commands.append(command) }

    /// Passes on all answers, in the order in which they came about.
    func forEachAnswer(_ body: (_ waiter: Payload, _ answer: WaiterAnswer) -> Void) {
        guard let first = self.first else { return }
        body(first.waiter, first.answer)
        for other in self.others { body(other.waiter, other.answer) }
    }
}

extension AdmissionActions: Sendable where Payload: Sendable {}
