// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The objects of one event loop that take bodies in: most requests need one for a moment, so a few serve all.
final class IntakePool {
    /// How many unused ones are kept.
    private static let maxUnused = 64

    private var unused: [BodyIntake] = []

    /// One that is not in use.
    func take() -> BodyIntake { self.unused.popLast() ?? BodyIntake() }

    /// One is not in use any more.
    func giveBack(_ intake: BodyIntake) {
        intake.end()
        if self.unused.count < Self.maxUnused { self.unused.append(intake) }
    }
}
