// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockProxy
internal import Synchronization

/// The ended requests of all event loops that are not in the store yet, and the queue that brings them there: a second after the
/// first one ended, all that have ended until then.
final class RecordLanes: Sendable {
    private static let interval = DispatchTimeInterval.seconds(1)

    /// Where they are written, one commit after the other.
    let writer: DispatchQueue
    private let lanes: [RecordLane]
    private let isScheduled = Atomic(false)

    /// - Parameters:
    ///   - eventLoops: how many there are.
    ///   - label: the name of the queue.
    init(eventLoops: Int, label: String) {
        self.lanes = (0..<max(1, eventLoops)).map { _ in RecordLane() }
        self.writer = DispatchQueue(label: label)
    }

    /// Adds a record of an event loop, or counts it if there is no room.
    func append(_ record: SharedRecord, onLoop loop: Int) -> RecordLane.Appended {
        self.lanes[loop < self.lanes.count ? loop : 0].append(record)
    }

    /// Takes everything out, lane by lane, with how many there was no room for.
    func takeAll(_ body: (_ records: [SharedRecord], _ lost: Int) -> Void) {
        for lane in self.lanes {
            let (records, lost) = lane.take()
            body(records, lost)
        }
    }

    /// Commits later, unless that is to happen anyway.
    ///
    /// - Parameters:
    ///   - interval: when. Defaults to a second.
    ///   - commit: takes everything out and writes it; called on ``writer``.
    func schedule(after interval: DispatchTimeInterval = interval, _ commit: @escaping @Sendable () -> Void) {
        if self.isScheduled.exchange(true, ordering: .acquiringAndReleasing) { return }
        self.writer.asyncAfter(deadline: .now() + interval) {
            // Before the lanes are emptied: a record that comes after that schedules the next commit.
            self.isScheduled.store(false, ordering: .sequentiallyConsistent)
            commit()
        }
    }
}
