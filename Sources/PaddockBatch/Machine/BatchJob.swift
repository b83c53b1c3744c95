// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// A job that has not ended: its requests, in a queue for each model.
struct BatchJob: Sendable {
    /// The requests of one model that wait, linked by ``BatchTable/Line/next``.
    private struct Queue {
        var first = UInt32.max
        var last = UInt32.max
        /// How often in succession a request could not be run.
        var setbacks = 0
        /// None of them begins earlier.
        var pausedUntil = Instant(nanoseconds: .min)

        var isEmpty: Bool { self.first == .max }
    }

    /// How a job ends.
    enum Ending: Equatable {
        case completed
        case expired
        case cancelled
    }

    /// How often a request is tried again after a backend has failed.
    static let maxRetries = 3
    /// The longest pause.
    private static let maxPause = 60

    /// How far its end is.
    enum Stage: Equatable {
        case running
        /// The rest of its requests are being written as errors.
        case expiring
        /// Its files are being completed.
        case completing
    }

    let order: Int
    let owner: String
    let expiresAt: Instant
    /// Whether none of its requests has begun, in this process or before.
    let isNew: Bool
    var status: BatchStatus
    var stage = Stage.running
    /// How it will end; nil while its requests may begin.
    var ending: Ending?
    /// Whether its input file has been read.
    private(set) var isRead = false
    /// How many of its requests are active.
    private(set) var activeCount = 0
    private(set) var counts = BatchCounts()
    private var table = BatchTable()
    private var queues: [Queue] = []
    /// The queues that have requests, in no order.
    private var filled: [Int] = []
    /// Where the search for a queue begins, in `filled`.
    private var cursor = 0
    /// No request can begin before this instant.
    private(set) var idleUntil = Instant(nanoseconds: .min)

    init(_ entry: BatchEntry, order: Int) {
        self.order = order
        self.owner = entry.owner
        self.status = entry.status
        self.expiresAt = entry.expiresAt
        self.isNew = entry.status == .validating
        self.ending = entry.status == .cancelling ? .cancelled : entry.hasExpired ? .expired : nil
    }

    /// How many requests have not ended.
    var openCount: Int { self.counts.total - self.counts.completed - self.counts.failed }

    /// How many requests are kept in memory.
    var lineCount: Int { self.table.count }

    /// Whether a request may begin now.
    func mayStart(now: Instant) -> Bool { self.ending == nil && !self.filled.isEmpty && self.idleUntil <= now }

    /// When a request that waits may begin, if nothing else happens; nil if none waits.
    var nextStart: Instant? { self.ending == nil && !self.filled.isEmpty ? self.idleUntil : nil }

    // MARK: - Events

    /// Its input file has been read.
    ///
    /// - Parameters:
    ///   - table: its requests.
    ///   - completed: those that are in the output file.
    ///   - failed: those that are in the error file.
    mutating func read(_ table: BatchTable, completed: [Int], failed: [Int]) {
        self.isRead = true
        self.table = table
        self.counts.total = table.count
        self.queues = Array(repeating: Queue(), count: table.models.count)
        for line in completed { self.end(line, isError: false) }
        for line in failed { self.end(line, isError: true) }
        for line in 0..<table.count where self.table.lines[line].state == .waiting { self.enqueue(line) }
    }

    /// A request that is done by its line in a file; a second line of it, which nobody writes, does not count.
    private mutating func end(_ line: Int, isError: Bool) {
        guard self.table.lines.indices.contains(line), self.table.lines[line].state != .ended else { return }
        self.table.lines[line].state = .ended
        if isError { self.counts.failed += 1 } else { self.counts.completed += 1 }
    }

    /// Chooses the request that begins next.
    ///
    /// - Parameters:
    ///   - active: how many requests of each model are active, in all jobs.
    ///   - preferred: the model to stay with.
    ///   - now: the time.
    /// - Returns: the request, where its line is and its model; nil if all wait for the end of a pause.
    mutating func start(
        active: [Int: Int],
        preferred: Int?,
        now: Instant
    ) -> (line: Int, offset: Int, model: Int)? {
        guard let index = self.queue(active, preferred, now) else { return nil }
        let line = Int(self.queues[index].first)
        self.queues[index].first = self.table.lines[line].next
        if self.queues[index].isEmpty, let place = self.filled.firstIndex(of: index) {
            self.filled.swapAt(place, self.filled.count - 1)
            self.filled.removeLast()
        }
        self.table.lines[line].state = .active
        self.activeCount += 1
        return (line, Int(self.table.lines[line].offset), self.table.models[index])
    }

    private mutating func queue(_ active: [Int: Int], _ preferred: Int?, _ now: Instant) -> Int? {
        if let preferred, let index = self.ready(preferred, now) { return index }
        var best: (count: Int, index: Int)?
        for (model, count) in active {
            // Of equal counts the queue that came first in the file, so that the choice does not depend on the order of a dictionary.
            guard let index = self.ready(model, now) else { continue }
            if best.map({ (count, -index) > ($0.count, -$0.index) }) ?? true { best = (count, index) }
        }
        if let best { return best.index }
        var next = Instant.distantFuture
        for step in 0..<self.filled.count {
            let place = (self.cursor + step) % self.filled.count
            let index = self.filled[place]
            if self.queues[index].pausedUntil <= now {
                self.cursor = place
                return index
            }
            next = min(next, self.queues[index].pausedUntil)
        }
        self.idleUntil = next
        return nil
    }

    /// The queue of a model, if a request of it may begin.
    func ready(_ model: Int, _ now: Instant) -> Int? {
        guard let index = self.table.index(of: model), !self.queues[index].isEmpty,
            self.queues[index].pausedUntil <= now
        else { return nil }
        return index
    }

    /// A request has ended at the gateway.
    ///
    /// - Returns: whether its line is to be written, as an error or not; nil if it waits again.
    mutating func ended(_ line: Int, _ outcome: BatchOutcome, now: Instant) -> BatchVerdict {
        let queue = Int(self.table.lines[line].model)
        switch outcome {
        case .answered:
            self.queues[queue].setbacks = 0
            return .output
        case .refused:
            self.queues[queue].setbacks = 0
            return .error
        case .failed where self.table.lines[line].failures >= Self.maxRetries: return .error
        case .failed:
            self.table.lines[line].failures += 1
            self.pause(queue, 0, now)
        case .busy(let retryAfter): self.pause(queue, retryAfter ?? 0, now)
        case .cancelled: break
        }
        self.dropped(line)
        return .retry
    }

    /// None of the requests of a model begins for a while, which is longer each time: one request tries for all.
    private mutating func pause(_ index: Int, _ retryAfter: Int, _ now: Instant) {
        var queue = self.queues[index]
        // Those that began with it tell nothing new.
        if queue.pausedUntil <= now { queue.setbacks += 1 }
        let seconds = min(Self.maxPause, max(retryAfter, 1 << min(queue.setbacks - 1, 6), 1))
        queue.pausedUntil = max(queue.pausedUntil, now + .seconds(seconds))
        self.queues[index] = queue
    }

    /// The line of a request has been written.
    mutating func written(_ line: Int, isError: Bool) {
        if self.table.lines[line].state == .active { self.activeCount -= 1 }
        self.end(line, isError: isError)
    }

    /// A request waits again.
    mutating func dropped(_ line: Int) {
        self.activeCount -= 1
        self.table.lines[line].state = .waiting
        self.enqueue(line)
    }

    private mutating func enqueue(_ line: Int) {
        let index = Int(self.table.lines[line].model)
        self.table.lines[line].next = .max
        if self.queues[index].isEmpty {
            self.queues[index].first = UInt32(line)
            self.filled.append(index)
        } else {
            self.table.lines[Int(self.queues[index].last)].next = UInt32(line)
        }
        self.queues[index].last = UInt32(line)
        self.idleUntil = min(self.idleUntil, self.queues[index].pausedUntil)
    }

    /// The model of a request.
    func model(of line: Int) -> Int { self.table.models[Int(self.table.lines[line].model)] }

    /// Whether a request is active.
    func isActive(_ line: Int) -> Bool {
        self.table.lines.indices.contains(line) && self.table.lines[line].state == .active
    }

    /// The requests that have not ended, from one on.
    ///
    /// - Parameters:
    ///   - first: where to begin.
    ///   - limit: how many at most.
    func open(from first: Int, limit: Int) -> [(line: Int, offset: Int)] {
        var open: [(line: Int, offset: Int)] = []
        for line in first..<max(first, self.table.count) where open.count < limit {
            let entry = self.table.lines[line]
            if entry.state != .ended { open.append((line, Int(entry.offset))) }
        }
        return open
    }
}
