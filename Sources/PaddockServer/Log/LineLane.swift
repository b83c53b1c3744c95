// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import Synchronization

/// What one thread brought, gathered until the writer takes it.
final class LineLane<Entry: Sendable>: Sendable {
    /// What follows from an entry.
    enum Appended: Equatable {
        /// It waits with others.
        case waits
        /// It is the first of a batch.
        case beginsBatch
        /// The batch is large enough to be written now.
        case fillsBatch
        /// There was no room.
        case dropped
    }

    private struct State {
        var entries: [Entry] = []
        var dropped = 0
    }

    private let limits: LineLimits
    private let state = Mutex(State())
    /// What is being written; only the writer's thread takes this lock.
    private let taken = Mutex<[Entry]>([])

    init(_ limits: LineLimits) { self.limits = limits }

    /// Adds an entry, or drops it where `LineLimits.laneEntries` are waiting.
    func append(_ entry: Entry) -> Appended {
        self.state.withLock { state in
            guard state.entries.count < self.limits.laneEntries else {
                state.dropped += 1
                return .dropped
            }
            state.entries.append(entry)
            switch state.entries.count {
            case 1: return .beginsBatch
            case self.limits.batchEntries: return .fillsBatch
            default: return .waits
            }
        }
    }

    /// Takes the entries out and hands them over; others can be added meanwhile.
    func take(_ body: (_ entries: [Entry], _ dropped: Int) -> Void) {
        self.taken.withLock { taken in
            let dropped = self.state.withLock { state in
                swap(&taken, &state.entries)
                defer { state.dropped = 0 }
                return state.dropped
            }
            body(taken, dropped)
            taken.removeAll(keepingCapacity: true)
        }
    }
}
