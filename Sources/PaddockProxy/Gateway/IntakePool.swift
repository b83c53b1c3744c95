// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The objects of one event loop that take bodies in: most requests need one for a moment, so a few serve all.
final class IntakePool {
    /// How many unused ones are kept.
    private static let maxUnused = 64

    /// The one that was given back last: usually it is the only one.
    private var last: BodyIntake?
    private var unused: [BodyIntake] = []

    /// One that is not in use.
    func take() -> BodyIntake { self.last.take() ?? self.unused.popLast() ?? BodyIntake() }

    /// One is not in use any more.
    func giveBack(_ intake: BodyIntake) {
        intake.end()
        if self.last == nil {
            self.last = intake
        } else if self.unused.count < Self.maxUnused {
            self.unused.append(intake)
        }
    }
}
