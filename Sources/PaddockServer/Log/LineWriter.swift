// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Writes lines to a file or a standard stream from a thread of its own. Whoever brings a line never waits for it.
///
/// Lines gather in lanes, one for each thread that brings many, and are written in batches a moment later: the first of
/// a batch wakes the thread, the others cost a copy. Where the other end does not keep up, or the disk is full, lines
/// are dropped as a whole, counted, and the loss is reported now and then. The lines of one lane keep their order.
package final class LineWriter: Sendable {
    /// A stream that the process was started with.
    package enum StandardStream: Sendable {
        case output, error
    }

    /// Lines that were not written.
    package struct Loss: Equatable, Sendable {
        /// How many since the last report.
        package var lines: Int
        /// Why, in a few words.
        package var reason: String
    }

    /// How long lines gather before they are written.
    static let gatherTime = TimeAmount.milliseconds(200)
    /// So many bytes in a lane are written without waiting longer.
    static let fullBatchBytes = 1 << 16
    /// The most bytes that a lane holds; as many more may be on their way out.
    static let maxLaneBytes = 1 << 20
    /// Between two reports of a loss.
    static let reportInterval = TimeAmount.seconds(10)

    private let lanes: [LineLane]
    /// Its thread may block, as nothing else runs on it.
    private let eventLoop: any EventLoop
    private let output: Mutex<LineOutput>
    private let isScheduled = Atomic(false)
    private let nextReport = Mutex(NIODeadline.uptimeNanoseconds(0))
    private let lost = Atomic(0)

    /// Begins to write to a stream that is open.
    ///
    /// - Parameters:
    ///   - stream: where the lines go.
    ///   - lanes: how many threads bring many lines; at least 1.
    ///   - report: called on the writer's thread with what was lost. It must not block.
    package convenience init(
        standard stream: StandardStream,
        lanes: Int = 1,
        report: @escaping @Sendable (Loss) -> Void
    ) {
        self.init(LineOutput(stream, report: report), lanes: lanes)
    }

    /// Begins to write to a file.
    ///
    /// - Parameters:
    ///   - path: the file, appended to and made where it is not there.
    ///   - lanes: how many threads bring many lines; at least 1.
    ///   - report: called on the writer's thread with what was lost. It must not block.
    /// - Throws: where the file cannot be opened.
    package convenience init(
        path: String,
        lanes: Int = 1,
        report: @escaping @Sendable (Loss) -> Void
    ) throws(FileError) {
        self.init(try LineOutput(path: path, report: report), lanes: lanes)
    }

    /// - Parameter eventLoop: where lines are written; defaults to a thread of its own.
    init(_ output: consuming sending LineOutput, lanes: Int, on eventLoop: (any EventLoop)? = nil) {
        self.output = Mutex(output)
        self.lanes = (0..<max(1, lanes)).map { _ in LineLane() }
        self.eventLoop = eventLoop ?? MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
    }

    /// All lines lost so far.
    package var lostLines: Int { self.lost.load(ordering: .relaxed) }

    /// Brings a line.
    ///
    /// - Parameters:
    ///   - lane: which lane, such as the index of the event loop; one that is not there falls back on the first.
    ///   - line: puts the line together, without its line break.
    package func append(lane: Int = 0, _ line: (inout LineBuffer) -> Void) {
        let lane = self.lanes[lane < self.lanes.count ? lane : 0]
        switch LineBuffer.withLine(line, lane.append) {
        case .waits:
            break
        case .beginsBatch:
            if !self.isScheduled.exchange(true, ordering: .acquiringAndReleasing) {
                self.eventLoop.scheduleTask(in: Self.gatherTime) { self.writeBatch() }
            }
        case .fillsBatch:
            self.eventLoop.execute { self.write() }
        case .dropped:
            self.lost.add(1, ordering: .relaxed)
        }
    }

    /// Closes the file and opens it again by its name, so that it can be moved away. Does nothing to standard streams.
    ///
    /// - Parameter failed: called where the file cannot be opened; the old one stays open then.
    package func reopen(failed: @escaping @Sendable (FileError) -> Void) {
        self.eventLoop.execute {
            self.write()
            if let error = self.output.withLock({ $0.reopen() }) { failed(error) }
        }
    }

    /// Writes what was brought so far.
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

    /// The one scheduled look at the lanes. Whoever looks earlier leaves it scheduled, as each look that is over lets another
    /// begin.
    private func writeBatch() {
        // Before the lanes are looked at: a line that comes behind this look schedules the next one.
        self.isScheduled.store(false, ordering: .sequentiallyConsistent)
        self.write()
    }

    private func write(reportsAnyLoss: Bool = false) {
        self.output.withLock { output in
            for lane in self.lanes {
                lane.take { bytes, dropped in
                    output.dropped(dropped)
                    let lost = bytes.isEmpty ? 0 : output.write(bytes)
                    if lost > 0 { self.lost.add(lost, ordering: .relaxed) }
                }
            }
            self.nextReport.withLock { next in
                if reportsAnyLoss || NIODeadline.now() >= next, output.reportLoss() {
                    next = .now() + Self.reportInterval
                }
            }
        }
    }
}
