// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What becomes of a waiter whose turn it is.
enum TurnAnswer {
    /// It has a slot.
    case started(Slot)
    /// It would probably be gone before its first byte; it has ended.
    case gaveUp(Rejection)
}

extension WaiterAnswer {
    /// What a waiter is told whose turn it was.
    init(_ answer: TurnAnswer) {
        switch answer {
        case .started(let slot): self = .start(slot)
        case .gaveUp(let rejection): self = .reject(rejection)
        }
    }
}
