// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Lines of one thread, gathered until the writer takes them.
final class LineLane: Sendable {
    /// What follows from a line.
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
        var lines: [UInt8] = []
        var dropped = 0
        var isFull = false
    }

    private let state = Mutex(State())
    /// What is being written; only the writer's thread takes this lock.
    private let taken = Mutex<[UInt8]>([])

    /// Adds a line, or drops it where `LineWriter.maxLaneBytes` are waiting.
    func append(_ line: UnsafeBufferPointer<UInt8>) -> Appended {
        self.state.withLock { state in
            let count = state.lines.count
            guard count < LineWriter.maxLaneBytes else {
                state.dropped += 1
                return .dropped
            }
            state.lines.append(contentsOf: line)
            if count == 0 { return .beginsBatch }
            guard !state.isFull, count + line.count >= LineWriter.fullBatchBytes else { return .waits }
            state.isFull = true
            return .fillsBatch
        }
    }

    /// Takes the lines out and hands them over; others can be added meanwhile.
    func take(_ body: (_ lines: [UInt8], _ dropped: Int) -> Void) {
        self.taken.withLock { taken in
            taken.removeAll(keepingCapacity: true)
            let dropped = self.state.withLock { state in
                swap(&taken, &state.lines)
                defer { state.dropped = 0 }
                state.isFull = false
                return state.dropped
            }
            body(taken, dropped)
        }
    }
}
