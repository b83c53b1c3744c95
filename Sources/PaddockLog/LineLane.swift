// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

public import Synchronization

/// The entries of one thread, gathered until the writer takes them.
@usableFromInline
final class LineLane<Entry: Sendable>: Sendable {
    /// What follows from an entry.
    @usableFromInline
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

    @usableFromInline
    struct State {
        @usableFromInline var entries: [Entry] = []
        @usableFromInline var dropped = 0
        /// All that were ever dropped.
        @usableFromInline var droppedEver = 0
    }

    @usableFromInline let limits: LineLimits
    @usableFromInline let state = Mutex(State())
    /// What is being written; only the writer's thread takes this lock.
    @usableFromInline let taken = Mutex<[Entry]>([])

    init(_ limits: LineLimits) { self.limits = limits }

    /// Adds an entry, or drops it if `LineLimits.laneEntries` are waiting.
    @inlinable
    func append(_ entry: Entry) -> Appended {
        self.state.withLock { state in
            guard state.entries.count < self.limits.laneEntries else {
                state.dropped += 1
                state.droppedEver += 1
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

    /// How many entries there was no room for, ever.
    var droppedEver: Int { self.state.withLock { $0.droppedEver } }

    /// Takes the entries out and hands them over; others can be added meanwhile.
    @inlinable
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
