// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension SimulatorStateMachine {
    /// A request in the machine.
    struct Entry {
        /// Where the request is.
        enum Phase: Equatable {
            /// In the cold queue. Can become `waiting`.
            case cold
            /// In the queue of its model's runner. Can become `prefill`, or be finished if it only loads the model.
            case waiting
            /// In a slot, reading its prompt. Can become `decode`, or be finished if it is an embedding; of an embedding some
            /// inputs can wait for a slot still.
            case prefill(since: Int64)
            /// In a slot, producing tokens.
            case decode(since: Int64)
        }

        let client: Client
        let work: Work
        let arrivedAt: Int64
        var phase: Phase = .cold
        var isPaused = false
        /// Slots that it holds.
        var slots = 0
        /// Units of work for which it wants slots still.
        var waitingUnits = 0
        /// The one timer that counts; all others of this request are stale. Those of an embedding all count.
        var timer: UInt64?
        var report = RequestReport()

        init(client: Client, work: Work, arrivedAt: Int64) {
            self.client = client
            self.work = work
            self.arrivedAt = arrivedAt
            self.report.promptTokens = work.promptTokens
        }
    }

    /// An instant at which a request gets further.
    struct Timer: Comparable {
        let deadline: Int64
        /// Unique and growing, so that equal deadlines keep their order.
        let id: UInt64
        let request: RequestID

        static func < (left: Self, right: Self) -> Bool {
            (left.deadline, left.id) < (right.deadline, right.id)
        }
    }
}
