// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

public import NIOCore
internal import NIOPosix
public import PaddockBase
package import PaddockSystem
public import Synchronization

/// Writes lines to a file or a standard stream from a thread of its own. Adding a line never waits for the writer.
///
/// What is brought are entries, such as the record of a request; the thread puts the lines together, so that this costs whoever
/// brings them nothing. Entries gather in lanes, one for each thread that brings many, and are written in batches a moment later:
/// the first of a batch wakes the thread, the others cost a few instructions. If the other end does not keep up, or the disk
/// is full, lines are dropped as a whole, counted, and the loss is reported now and then. The lines of one lane keep their order.
///
/// What runs for each entry is inlinable, so that it is compiled for the type of the entry.
@usableFromInline
package final class LineWriter<Entry: Sendable>: Sendable {
    @usableFromInline let lanes: [LineLane<Entry>]
    /// Its thread may block, as nothing else runs on it.
    @usableFromInline let eventLoop: any EventLoop
    @usableFromInline let output: Mutex<LineOutput>
    @usableFromInline let beginBatch: @Sendable () -> (inout LineBuffer, Entry) -> Void
    @usableFromInline let isScheduled = Atomic(false)
    @usableFromInline let failed = Atomic(0)
    @usableFromInline let nextReport = Mutex(NIODeadline.uptimeNanoseconds(0))

    /// Begins to write.
    ///
    /// - Parameters:
    ///   - output: where the lines go.
    ///   - lanes: how many threads bring many entries; at least 1.
    ///   - limits: how entries gather.
    ///   - eventLoop: where lines are written; defaults to a thread of its own.
    ///   - beginBatch: called on the writer's thread at the beginning of a batch; gives what puts the line of each of its entries
    ///     together, without its line break.
    package init(
        _ output: consuming sending LineOutput,
        lanes: Int = 1,
        limits: LineLimits = LineLimits(),
        on eventLoop: (any EventLoop)? = nil,
        beginBatch: @escaping @Sendable () -> (inout LineBuffer, Entry) -> Void
    ) {
        self.output = Mutex(output)
        self.lanes = (0..<max(1, lanes)).map { _ in LineLane(limits) }
        self.eventLoop = eventLoop ?? MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        self.beginBatch = beginBatch
    }

    /// Brings an entry.
    ///
    /// - Parameters:
    ///   - entry: what a line is made of.
    ///   - lane: which lane, such as the index of the event loop; one that is not there falls back on the first.
    @inlinable
    package func append(_ entry: Entry, lane: Int = 0) {
        switch self.lanes[lane < self.lanes.count ? lane : 0].append(entry) {
        case .waits, .dropped:
            break
        case .beginsBatch:
            if !self.isScheduled.exchange(true, ordering: .acquiringAndReleasing) {
                self.eventLoop.scheduleTask(in: LineLimits.gatherTime) { self.writeBatch() }
            }
        case .fillsBatch:
            self.eventLoop.execute { self.write() }
        }
    }

    /// How many lines were lost, ever: there was no room for them, or they could not be written. Waits for nobody who reads the lines.
    package var lostLines: Int {
        self.lanes.reduce(self.failed.load(ordering: .relaxed)) { $0 + $1.droppedEver }
    }

    /// Closes the file and opens it again by its name, so that it can be moved away. Does nothing to standard streams.
    ///
    /// - Parameter failed: called if the file cannot be opened; the old one stays open then.
    package func reopen(failed: @escaping @Sendable (FileError) -> Void) {
        self.eventLoop.execute {
            self.write()
            if let error = self.output.withLock({ $0.reopen() }) { failed(error) }
        }
    }

    /// Writes what was added so far.
    ///
    /// - Parameter limit: how long it may take; the other end may have stopped reading.
    package func flush(within limit: Duration) async {
        let timer = MultiThreadedEventLoopGroup.singleton.next()
        let done = timer.makePromise(of: Void.self)
        let timeout = timer.scheduleTask(in: TimeAmount(limit)) { done.succeed() }
        self.eventLoop.execute {
            self.write(reportsAnyLoss: true)
            done.succeed()
        }
        try? await done.futureResult.get()
        timeout.cancel()
    }

    /// The one scheduled check of the lanes. An earlier check leaves it scheduled, as each finished check lets another
    /// begin.
    @inlinable
    func writeBatch() {
        // Before the lanes are checked: an entry that is added after this check schedules the next one.
        self.isScheduled.store(false, ordering: .sequentiallyConsistent)
        self.write()
    }

    @inlinable
    func write(reportsAnyLoss: Bool = false) {
        let writeLine = self.beginBatch()
        self.output.withLock { output in
            for lane in self.lanes {
                lane.take { entries, dropped in
                    output.dropped(dropped)
                    for entry in entries {
                        var line = output.beginLine()
                        writeLine(&line, entry)
                        output.append(line)
                    }
                    output.flush()
                }
            }
            self.failed.store(output.failedEver, ordering: .relaxed)
            self.nextReport.withLock { next in
                if reportsAnyLoss || NIODeadline.now() >= next, output.reportLoss() {
                    next = .now() + LineLimits.reportInterval
                }
            }
        }
    }
}
