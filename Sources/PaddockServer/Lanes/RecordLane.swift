// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockProxy
internal import Synchronization

/// The ended requests of one event loop that are not taken out yet.
final class RecordLane: Sendable {
    /// What follows from a record.
    enum Appended {
        /// It is the first.
        case first
        /// It waits with others.
        case waits
        /// There are enough to be taken out now.
        case many
    }

    /// How many are taken out without waiting for the second to end.
    private static let batch = 512
    /// The most that wait; beyond them requests are counted only.
    private static let most = 16_384

    private struct State {
        var records: [SharedRecord] = []
        var lost = 0
    }

    private let state = Mutex(State())

    /// Adds a record, or counts it if there is no room.
    func append(_ record: SharedRecord) -> Appended {
        self.state.withLock { state in
            guard state.records.count < Self.most else {
                state.lost += 1
                return .waits
            }
            state.records.append(record)
            return switch state.records.count {
            case 1: .first
            case Self.batch: .many
            default: .waits
            }
        }
    }

    /// Takes everything out, and how many there was no room for.
    func take() -> (records: [SharedRecord], lost: Int) {
        self.state.withLock { state in
            defer { state = State() }
            return (state.records, state.lost)
        }
    }
}
