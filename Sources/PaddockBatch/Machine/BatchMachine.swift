// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// All jobs that have not ended: which request begins, which one is tried again, and how each job ends.
///
/// Events go in, actions come out; the time is an argument. A request that has begun is reported by ``ended(_:_:now:)``, and if that
/// asks for a line, by ``written(_:isError:now:)`` or ``dropped(_:now:)``. Until then it holds its place among the active ones.
package struct BatchMachine: Sendable {
    /// The most requests that are kept in memory, of all jobs and of those of one client. Further jobs are read when there is room.
    package static let maxLines = 2_000_000
    /// The most requests of one client that are kept in memory.
    package static let maxLinesOfOwner = 250_000
    /// How many requests of one model a client may begin in succession while others wait whose turn it is as much.
    static let maxRun = 16

    private struct Owner {
        var jobs = 0
        var active = 0
        var lines = 0
        /// Its jobs whose requests may begin, in the order of their creation.
        var running: [String] = []
        /// When it began its last request, in the order of all; one that had no job is behind those that wait.
        var lastStart: Int
    }

    /// Who began the last request, of which model, and how many of them in succession.
    private struct Turn {
        var owner = ""
        var model = 0
        var count = 0
    }

    private var jobs: [String: BatchJob] = [:]
    /// The jobs whose files have not been read, in the order of their creation.
    private var unread: [String] = []
    /// No window ends earlier.
    private var nextExpiry = Instant.distantFuture
    private var owners: [String: Owner] = [:]
    private var slots: Int
    private var activeCount = 0
    private var activeModels: [Int: Int] = [:]
    private var turn = Turn()
    private var startCount = 0
    private var jobCount = 0
    /// The job whose file is being read.
    private var reading: String?
    private var heldLines = 0
    private var isStopped = false

    /// - Parameter slots: `batch_slots`.
    package init(slots: Int) { self.slots = slots }

    // MARK: - What is known

    /// How many requests are active.
    package var active: Int { self.activeCount }

    /// The progress of a job; nil if it is not live, or has not been read.
    package func counts(of job: String) -> BatchCounts? {
        self.jobs[job].flatMap { $0.isRead ? $0.counts : nil }
    }

    /// Whether a job is live.
    package func isLive(_ job: String) -> Bool { self.jobs[job] != nil }

    /// Whether no request of a job begins any more, as it ends.
    package func isEnding(_ job: String) -> Bool { self.jobs[job]?.ending != nil }

    /// The status of a job whose files are being completed once they are; nil if it is not that far.
    package func finalStatus(of job: String) -> BatchStatus? {
        guard let job = self.jobs[job], job.stage == .completing else { return nil }
        return switch job.ending {
        case .completed: .completed
        case .expired: .expired
        case .cancelled: .cancelled
        case nil: nil
        }
    }

    /// How many live jobs a client has.
    package func liveJobs(of owner: String) -> Int { self.owners[owner]?.jobs ?? 0 }

    /// The requests of a job that have not ended, in the order of the file.
    ///
    /// - Parameters:
    ///   - job: the job.
    ///   - first: the first that matters.
    ///   - limit: how many at most.
    package func open(of job: String, from first: Int, limit: Int) -> [(line: Int, offset: Int)] {
        self.jobs[job]?.open(from: first, limit: limit) ?? []
    }

    /// When ``timePassed(now:)`` is to be called; nil if there is no need.
    package var nextInstant: Instant? {
        var next = self.nextExpiry
        if self.activeCount < self.slots, !self.isStopped {
            for owner in self.owners.values {
                for id in owner.running { next = min(next, self.jobs[id]?.nextStart ?? next) }
            }
        }
        return next == .distantFuture ? nil : next
    }

    // MARK: - Jobs

    /// A job is created, or is continued after a restart.
    ///
    /// - Parameters:
    ///   - entry: the job.
    ///   - now: the time.
    package mutating func add(_ entry: BatchEntry, now: Instant) -> BatchActions {
        self.jobCount += 1
        self.jobs[entry.id] = BatchJob(entry, order: self.jobCount)
        self.unread.append(entry.id)
        self.owners[entry.owner, default: Owner(lastStart: self.startCount)].jobs += 1
        self.nextExpiry = min(self.nextExpiry, entry.expiresAt)
        return self.proceed(now)
    }

    /// The input file of a job has been read, and is right.
    ///
    /// - Parameters:
    ///   - id: the job.
    ///   - table: its requests.
    ///   - completed: those whose lines are in the output file.
    ///   - failed: those whose lines are in the error file.
    ///   - now: the time.
    package mutating func read(
        _ id: String,
        _ table: BatchTable,
        completed: [Int] = [],
        failed: [Int] = [],
        now: Instant
    ) -> BatchActions {
        self.reading = self.reading == id ? nil : self.reading
        guard let owner = self.jobs[id]?.owner else { return self.proceed(now) }
        self.jobs[id]?.read(table, completed: completed, failed: failed)
        self.heldLines += table.count
        self.owners[owner]?.lines += table.count
        if self.jobs[id]?.ending == nil { self.run(id, of: owner) }
        var actions = BatchActions()
        if self.jobs[id]?.status == .validating { self.change(id, to: .inProgress, &actions) }
        self.settle(id, &actions)
        return self.proceed(now, actions)
    }

    /// Enters a job among those of its client whose requests may begin.
    private mutating func run(_ id: String, of owner: String) {
        let order = self.jobs[id]?.order ?? 0
        var running = self.owners[owner]?.running ?? []
        running.insert(id, at: running.firstIndex { (self.jobs[$0]?.order ?? 0) > order } ?? running.count)
        self.owners[owner]?.running = running
    }

    /// The input file of a job is wrong, or cannot be read.
    package mutating func refused(_ id: String, now: Instant) -> BatchActions {
        self.reading = self.reading == id ? nil : self.reading
        var actions = BatchActions()
        if self.jobs[id] != nil { self.remove(id, as: .failed, &actions) }
        return self.proceed(now, actions)
    }

    /// A client or an operator cancels a job.
    ///
    /// - Returns: nil if it cannot be cancelled any more.
    package mutating func cancel(_ id: String, now: Instant) -> BatchActions? {
        guard let job = self.jobs[id], job.ending == nil || job.ending == .cancelled else { return nil }
        var actions = BatchActions()
        if job.ending == nil {
            self.end(id, .cancelled, &actions)
            self.change(id, to: .cancelling, &actions)
            self.settle(id, &actions)
        }
        return self.proceed(now, actions)
    }

    /// The files of a job are complete.
    package mutating func completed(_ id: String, now: Instant) -> BatchActions {
        var actions = BatchActions()
        if let status = self.finalStatus(of: id) { self.remove(id, as: status, &actions) }
        return self.proceed(now, actions)
    }

    // MARK: - Requests

    /// A request has ended at the gateway.
    ///
    /// - Returns: what becomes of it, and what is to be done.
    package mutating func ended(
        _ id: BatchRequestID,
        _ outcome: BatchOutcome,
        now: Instant
    ) -> (verdict: BatchVerdict, actions: BatchActions) {
        // Not by a copy of the job: its table would be copied with the first change.
        guard self.jobs[id.job]?.isActive(id.line) == true else { return (.retry, BatchActions()) }
        // A request that was to end may have been refused for that reason.
        let outcome = self.isEnding(id.job) && outcome != .answered ? .cancelled : outcome
        let verdict = self.jobs[id.job]?.ended(id.line, outcome, now: now) ?? .retry
        guard verdict == .retry else { return (verdict, BatchActions()) }
        return (verdict, self.left(id, now))
    }

    /// The line of a request has been written.
    ///
    /// - Parameters:
    ///   - id: the request: one that ``ended(_:_:now:)`` asked a line of, or one of an expired job.
    ///   - isError: whether it is in the error file.
    ///   - now: the time.
    package mutating func written(_ id: BatchRequestID, isError: Bool, now: Instant) -> BatchActions {
        let wasActive = self.jobs[id.job]?.isActive(id.line) ?? false
        self.jobs[id.job]?.written(id.line, isError: isError)
        if wasActive { return self.left(id, now) }
        var actions = BatchActions()
        self.settle(id.job, &actions)
        return actions
    }

    /// The line of a request was not written, as its job ends first.
    package mutating func dropped(_ id: BatchRequestID, now: Instant) -> BatchActions {
        guard self.jobs[id.job]?.isActive(id.line) ?? false else { return BatchActions() }
        self.jobs[id.job]?.dropped(id.line)
        return self.left(id, now)
    }

    // MARK: - Time and settings

    /// Time has passed: windows end, and pauses.
    package mutating func timePassed(now: Instant) -> BatchActions { self.proceed(now) }

    /// `batch_slots` has changed. Active requests stay.
    package mutating func setSlots(_ slots: Int, now: Instant) -> BatchActions {
        self.slots = slots
        return self.proceed(now)
    }

    /// No request begins any more, as the gateway stops.
    package mutating func stop() { self.isStopped = true }

    // MARK: - What follows

    private mutating func proceed(_ now: Instant, _ earlier: BatchActions = BatchActions()) -> BatchActions {
        var actions = earlier
        if self.nextExpiry <= now { self.expire(now, &actions) }
        self.readNext(&actions)
        while let start = self.nextStart(now) { actions.starts.append(start) }
        return actions
    }

    private mutating func change(_ id: String, to status: BatchStatus, _ actions: inout BatchActions) {
        self.jobs[id]?.status = status
        actions.changes.append(BatchActions.Change(job: id, status: status))
    }

    /// None of its requests begins any more.
    private mutating func end(_ id: String, _ ending: BatchJob.Ending, _ actions: inout BatchActions) {
        guard let job = self.jobs[id] else { return }
        self.jobs[id]?.ending = ending
        self.owners[job.owner]?.running.removeAll { $0 == id }
        if job.activeCount > 0 { actions.cancels.append(id) }
    }

    private mutating func expire(_ now: Instant, _ actions: inout BatchActions) {
        self.nextExpiry = .distantFuture
        let live = self.jobs.filter { $0.value.ending == nil }.sorted { $0.value.order < $1.value.order }
        for (id, job) in live {
            if job.expiresAt <= now {
                self.end(id, .expired, &actions)
                self.settle(id, &actions)
            } else {
                self.nextExpiry = min(self.nextExpiry, job.expiresAt)
            }
        }
    }

    /// A job ends if nothing of it is active and nothing is left to be done.
    private mutating func settle(_ id: String, _ actions: inout BatchActions) {
        guard let job = self.jobs[id], job.stage != .completing else { return }
        guard job.isRead else {
            // What is new has no files to be completed; the counts of others are in their files.
            if job.ending == .cancelled, job.isNew, self.reading != id { self.remove(id, as: .cancelled, &actions) }
            return
        }
        guard job.activeCount == 0, job.ending != nil || job.openCount == 0 else { return }
        if job.ending == nil { self.end(id, .completed, &actions) }
        if job.ending != .cancelled, job.status != .finalizing { self.change(id, to: .finalizing, &actions) }
        if job.ending == .expired, job.openCount > 0 {
            guard job.stage == .running else { return }
            self.jobs[id]?.stage = .expiring
            actions.expiries.append(id)
        } else {
            self.jobs[id]?.stage = .completing
            actions.completions.append(id)
        }
    }

    private mutating func remove(_ id: String, as status: BatchStatus, _ actions: inout BatchActions) {
        guard let job = self.jobs.removeValue(forKey: id) else { return }
        if self.jobs.isEmpty { self.nextExpiry = .distantFuture }
        actions.changes.append(BatchActions.Change(job: id, status: status))
        self.unread.removeAll { $0 == id }
        self.heldLines -= job.lineCount
        guard var owner = self.owners[job.owner] else { return }
        owner.running.removeAll { $0 == id }
        owner.jobs -= 1
        owner.lines -= job.lineCount
        self.owners[job.owner] = owner.jobs == 0 ? nil : owner
    }

    /// A request is not active any more.
    private mutating func left(_ id: BatchRequestID, _ now: Instant) -> BatchActions {
        var actions = BatchActions()
        guard let job = self.jobs[id.job] else { return actions }
        self.activeCount -= 1
        self.owners[job.owner]?.active -= 1
        let model = job.model(of: id.line)
        let others = (self.activeModels[model] ?? 1) - 1
        self.activeModels[model] = others == 0 ? nil : others
        self.settle(id.job, &actions)
        return self.proceed(now, actions)
    }

    // MARK: - What is next

    /// Reads one file after the other, if there is memory for its requests: first of jobs that end, then of the client with the fewest
    /// requests in memory.
    private mutating func readNext(_ actions: inout BatchActions) {
        guard self.reading == nil, self.heldLines <= Self.maxLines - BatchFileReader.maxRequests else { return }
        var best: (key: (Int, Int), id: String)?
        for id in self.unread {
            guard let job = self.jobs[id] else { continue }
            let lines = self.owners[job.owner]?.lines ?? 0
            guard lines <= Self.maxLinesOfOwner - BatchFileReader.maxRequests else { continue }
            let key = (job.ending == nil ? 1 : 0, lines)
            if best.map({ key < $0.key }) ?? true { best = (key, id) }
        }
        guard let best else { return }
        self.unread.removeAll { $0 == best.id }
        self.reading = best.id
        actions.reads.append(best.id)
    }

    /// The client with the fewest active requests is next, of several the one that may continue its run, then the one that began a
    /// request longest ago. Its oldest job of which a request may begin is taken.
    private mutating func nextStart(_ now: Instant) -> BatchActions.Start? {
        guard !self.isStopped else { return nil }
        while self.activeCount < self.slots, let (name, id) = self.nextJob(now) {
            let preferred = self.turn.owner == name ? self.turn.model : nil
            // It knows now how long all its requests wait, if they do.
            guard let start = self.jobs[id]?.start(active: self.activeModels, preferred: preferred, now: now) else {
                continue
            }
            self.activeCount += 1
            self.activeModels[start.model, default: 0] += 1
            self.startCount += 1
            self.owners[name]?.active += 1
            self.owners[name]?.lastStart = self.startCount
            let isSame = self.turn.owner == name && self.turn.model == start.model
            self.turn = Turn(owner: name, model: start.model, count: isSame ? self.turn.count + 1 : 1)
            return BatchActions.Start(id: BatchRequestID(job: id, line: start.line), offset: start.offset)
        }
        return nil
    }

    private func nextJob(_ now: Instant) -> (owner: String, job: String)? {
        var best: (key: (Int, Int, Int, Int), owner: String, job: String)?
        for (name, owner) in self.owners {
            guard let id = owner.running.first(where: { self.jobs[$0]?.mayStart(now: now) ?? false }),
                let job = self.jobs[id]
            else { continue }
            let continues =
                self.turn.owner == name && self.turn.count < Self.maxRun && job.ready(self.turn.model, now) != nil
            let key = (owner.active, continues ? 0 : 1, owner.lastStart, job.order)
            if best.map({ key < $0.key }) ?? true { best = (key, name, id) }
        }
        return best.map { ($0.owner, $0.job) }
    }
}
