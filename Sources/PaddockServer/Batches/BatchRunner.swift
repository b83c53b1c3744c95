// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
package import Logging
internal import PaddockBase
internal import PaddockBatch
package import PaddockProxy
package import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// Runs the batch jobs of clients (contract section 23): carries out what ``BatchMachine`` decides.
///
/// Events are taken one after the other on a queue. What blocks is done on two others: one reads the input files of jobs that begin,
/// the other one reads single requests and writes. No event loop waits for a disk.
package final class BatchRunner: Sendable {
    /// Runs a request at the gateway, and gives what ends it.
    package typealias Run = @Sendable (BatchRequest, @escaping @Sendable (BatchReply) -> Void) -> @Sendable () -> Void

    /// How many live jobs a client may have.
    static let maxLivePerClient = 100
    private static let idDigits = Array("0123456789abcdefghijklmnopqrstuvwxyz")
    /// When what the disk has refused is tried again.
    private static let retryInterval = DispatchTimeInterval.seconds(5)
    /// How many requests of an expired job are written at once.
    private static let expiryBatch = 200

    struct State {
        var machine: BatchMachine
        var slots: Int
        var live: [String: LiveBatch] = [:]
        /// What ends the requests that are at the gateway.
        var ends: [BatchRequestID: @Sendable () -> Void] = [:]
        var results: [BatchResult: Int] = [:]
        /// How many live jobs need a file.
        var uses: [String: Int] = [:]
        /// Jobs with lines that the disk may not have.
        var dirty: Set<String> = []
        var isSyncScheduled = false
        /// When the machine is called next.
        var wakeUp: Instant?
        var run: Run?
    }

    let table: BatchJobTable
    let files: FileStore
    private let logger: Logger
    private let events: any EventSink
    let state: Mutex<State>
    /// Takes the events.
    let queue = DispatchQueue(label: "paddock-batches")
    private let reader = DispatchQueue(label: "paddock-batch-inputs")
    private let writer = DispatchQueue(label: "paddock-batch-outputs")
    /// Makes jobs, and answers what has to be read from the store.
    let clerk = DispatchQueue(label: "paddock-batch-answers")

    /// Finds the jobs that have not ended.
    ///
    /// - Parameters:
    ///   - store: where they are.
    ///   - files: the files of clients.
    ///   - slots: `batch_parallel`.
    ///   - logger: gets a message when a job begins or ends, if jobs continue, or old ones cannot be removed.
    ///   - events: is told if a job cannot be written.
    /// - Throws: what is wrong with the store.
    package init(_ store: Store, _ files: FileStore, slots: Int, logger: Logger, events: any EventSink)
        throws(StoreError)
    {
        self.table = BatchJobTable(store)
        self.files = files
        self.logger = logger
        self.events = events
        var state = State(machine: BatchMachine(slots: slots), slots: slots)
        for batch in try self.table.live() {
            guard let live = Self.live(batch, files) else { continue }
            state.live[batch.id] = live
            for id in live.fileIDs { state.uses[id, default: 0] += 1 }
        }
        try files.removeOutputs { state.uses[$0] != nil }
        self.state = Mutex(state)
        files.isInUse = { [weak self] id in self?.state.withLock { $0.uses[id] != nil } ?? false }
    }

    static func live(_ batch: StoredBatch, _ files: FileStore) -> LiveBatch? {
        guard let endpoint = BatchEndpoint(rawValue: batch.endpoint) else { return nil }
        let ids = (input: batch.inputFile, output: batch.outputFile, errors: batch.errorFile)
        return LiveBatch(batch: batch, files: BatchFiles(batch.id, of: batch.owner, endpoint, ids, in: files))
    }

    // MARK: - Beginning and end

    /// Continues the jobs.
    ///
    /// - Parameter run: runs a request at the gateway.
    package func start(_ run: @escaping Run) {
        self.queue.async {
            let (known, slots) = self.state.withLock { state in
                state.run = run
                return (Array(state.live.values.map(\.batch)), state.slots)
            }
            if !known.isEmpty {
                self.logger.info("batch jobs continue", metadata: ["jobs": "\(known.count)", "parallel": "\(slots)"])
            }
            for batch in known.sorted(by: { $0.createdAt < $1.createdAt }) { self.add(batch) }
        }
        self.clerk.async { self.removeOld() }
    }

    /// Gives a job to the machine.
    func add(_ batch: StoredBatch) {
        let left = batch.expiresAt - WallClock.secondsSince1970()
        var status = BatchStatus(rawValue: batch.status) ?? .validating
        // It came that far before the store had the status.
        if status == .validating, batch.outputFile != nil || batch.errorFile != nil { status = .inProgress }
        let entry = BatchEntry(
            id: batch.id,
            owner: batch.owner,
            status: status,
            expiresAt: .now() + .seconds(left),
            hasExpired: batch.times["finalizing"].map { $0 >= batch.expiresAt } ?? false
        )
        self.perform { $0.add(entry, now: .now()) }
    }

    /// Begins no requests any more.
    package func stop() { self.queue.sync { self.state.withLock { $0.machine.stop() } } }

    /// Writes what has ended.
    ///
    /// - Parameter limit: how long that may take; the disk may hang.
    package func flush(within limit: Duration) async {
        // A reply is an event, then a line, then an event that may end its job.
        for _ in 0..<2 {
            await self.queue.run(within: limit) {}
            await self.writer.run(within: limit) {}
        }
        await self.writer.run(within: limit) { self.sync() }
    }

    /// How many requests may be active from now on.
    package func setSlots(_ slots: Int) {
        self.queue.async {
            self.state.withLock { $0.slots = slots }
            self.perform { $0.setSlots(slots, now: .now()) }
        }
    }

    /// Removes what is known of jobs that ended long ago, now and every day.
    private func removeOld() {
        let oldest = WallClock.secondsSince1970() - self.files.limits.days * 86_400
        do throws(StoreError) { try self.table.remove(madeBefore: oldest) } catch {
            self.logger.warning("old batch jobs cannot be removed", metadata: ["reason": "\(error.reason)"])
        }
        self.clerk.asyncAfter(deadline: .now() + .seconds(86_400)) { [weak self] in self?.removeOld() }
    }

    func newID() -> String {
        let random = (0..<HolderTag.randomLength).compactMap { _ in Self.idDigits.randomElement() }
        return "batch_" + String(random) + (self.files.tag?.text ?? "")
    }

    // MARK: - Events

    /// Gives the machine an event, and carries out what follows. On `queue`.
    func perform(_ event: (inout BatchMachine) -> BatchActions) {
        let actions = self.state.withLock { event(&$0.machine) }
        self.carryOut(actions)
    }

    private func carryOut(_ actions: BatchActions) {
        for change in actions.changes { self.changed(change) }
        for job in actions.cancels {
            let ends = self.state.withLock { $0.ends.filter { $0.key.job == job } }
            for end in ends.values { end() }
        }
        for job in actions.reads { self.read(job) }
        for start in actions.starts { self.prepare(start) }
        for job in actions.expiries { self.expire(job, from: 0) }
        for job in actions.completions { self.complete(job) }
        self.scheduleWakeUp()
    }

    private func scheduleWakeUp() {
        let next = self.state.withLock { state -> Instant? in
            guard let next = state.machine.nextInstant, state.wakeUp.map({ next < $0 }) ?? true else { return nil }
            state.wakeUp = next
            return next
        }
        guard let next else { return }
        let delay = max(Nanoseconds.zero, next - .now())
        self.queue.asyncAfter(deadline: .now() + .nanoseconds(Int(delay.count))) { [weak self] in
            guard let self else { return }
            self.state.withLock { if $0.wakeUp == next { $0.wakeUp = nil } }
            self.perform { $0.timePassed(now: .now()) }
        }
    }

    // MARK: - Status

    private func changed(_ change: BatchActions.Change) {
        let now = WallClock.secondsSince1970()
        let isKept = self.state.withLock { state -> Bool in
            guard var live = state.live[change.job] else { return true }
            defer { state.live[change.job] = live }
            // The end of a job is in the store before the machine is told.
            if live.batch.status == change.status.rawValue { return true }
            live.batch.status = change.status.rawValue
            live.batch.times[change.status.rawValue] = now
            if let counts = state.machine.counts(of: change.job) { live.batch.total = counts.total }
            return false
        }
        self.log(change)
        if isKept { self.forget(change.job, if: change.status) } else { self.save(change.job) }
    }

    private func log(_ change: BatchActions.Change) {
        guard change.status.isFinal || change.status == .inProgress,
            let batch = self.state.withLock({ $0.live[change.job]?.batch })
        else { return }
        var metadata: Logger.Metadata = ["id": "\(batch.id)", "client": "\(batch.owner)", "requests": "\(batch.total)"]
        guard change.status.isFinal else {
            return self.logger.info("a batch job begins", metadata: metadata)
        }
        metadata["status"] = "\(change.status.rawValue)"
        metadata["completed"] = "\(batch.completed)"
        metadata["failed"] = "\(batch.failed)"
        self.logger.info("a batch job has ended", metadata: metadata)
    }

    /// Keeps what is known of a job now, and tries until the store takes it.
    private func save(_ job: String) {
        self.writer.async {
            guard let live = self.state.withLock({ $0.live[job] }) else { return }
            do throws(StoreError) {
                try self.table.keep(live.batch)
                if let status = BatchStatus(rawValue: live.batch.status) {
                    self.queue.async { self.forget(job, if: status) }
                }
            } catch {
                self.stuck(job, error.reason)
                self.writer.asyncAfter(deadline: .now() + Self.retryInterval) { self.save(job) }
            }
        }
    }

    /// Forgets a job that has ended, as the store has it.
    private func forget(_ job: String, if status: BatchStatus) {
        guard status.isFinal else { return }
        self.state.withLock { state in
            guard let live = state.live.removeValue(forKey: job) else { return }
            for id in live.fileIDs {
                let uses = (state.uses[id] ?? 1) - 1
                state.uses[id] = uses == 0 ? nil : uses
            }
            state.dirty.remove(job)
        }
    }

    /// Tells once that a job cannot be written.
    private func stuck(_ job: String, _ reason: String) {
        let isNew = self.state.withLock { state in
            defer { state.live[job]?.isStuck = true }
            return state.live[job]?.isStuck == false
        }
        guard isNew else { return }
        var event = GatewayEvent(.batchStuck, job)
        event.reason = reason
        self.events.note(event)
    }

    // MARK: - Files

    private func read(_ job: String) {
        guard let files = self.state.withLock({ $0.live[job]?.files }) else { return }
        self.reader.async {
            let reading: BatchFiles.Reading
            do throws(ErrorReply) { reading = try files.read() } catch {
                let problem = BatchProblem("file_unreadable", error.message)
                reading = BatchFiles.Reading(table: BatchTable(), problems: [problem])
            }
            self.queue.async {
                guard reading.problems.isEmpty else {
                    let errors = BatchProblem.json(reading.problems)
                    self.state.withLock { $0.live[job]?.batch.errors = errors }
                    return self.perform { $0.refused(job, now: .now()) }
                }
                self.perform {
                    $0.read(job, reading.table, completed: reading.completed, failed: reading.failed, now: .now())
                }
            }
        }
    }

    /// Makes a job's files complete and keeps its end, and tries until that succeeds.
    private func complete(_ job: String) {
        let (live, status, counts) = self.state.withLock { state in
            (state.live[job], state.machine.finalStatus(of: job), state.machine.counts(of: job))
        }
        guard let live, let status, let counts else { return }
        self.writer.async {
            let result = Result { () throws(ErrorReply) in try self.complete(live, as: status, counts) }
            switch result {
            case .success(let batch):
                self.queue.async {
                    self.state.withLock { $0.live[job]?.batch = batch }
                    self.perform { $0.completed(job, now: .now()) }
                }
            case .failure(let error):
                self.stuck(job, error.message)
                self.queue.asyncAfter(deadline: .now() + Self.retryInterval) { self.complete(job) }
            }
        }
    }

    private func complete(
        _ live: LiveBatch,
        as status: BatchStatus,
        _ counts: BatchCounts
    ) throws(ErrorReply) -> StoredBatch {
        try live.files.sync()
        try live.files.publish()
        var batch = live.batch
        (batch.outputFile, batch.errorFile) = live.files.ids
        (batch.total, batch.completed, batch.failed) = (counts.total, counts.completed, counts.failed)
        batch.status = status.rawValue
        batch.times[status.rawValue] = WallClock.secondsSince1970()
        do throws(StoreError) { try self.table.keep(batch) } catch { throw ErrorReply(error) }
        return batch
    }

    /// Writes the next of the requests that an expired job has left.
    private func expire(_ job: String, from first: Int) {
        let (files, open) = self.state.withLock { state in
            (state.live[job]?.files, state.machine.open(of: job, from: first, limit: Self.expiryBatch))
        }
        guard let files, let last = open.last else { return }
        self.writer.async {
            do throws(ErrorReply) {
                var lines: [UInt8] = []
                for (line, offset) in open {
                    lines += OutputLine.error(
                        id: OutputLine.id(of: line, in: job),
                        customID: (try? files.request(at: offset).customID) ?? "",
                        code: "batch_expired",
                        message: "the completion window ended before this request was run"
                    )
                }
                try self.append(lines, isError: true, files, of: job)
            } catch {
                self.stuck(job, error.message)
                self.queue.asyncAfter(deadline: .now() + Self.retryInterval) { self.expire(job, from: first) }
                return
            }
            self.queue.async {
                self.state.withLock { $0.results[.expired, default: 0] += open.count }
                for (line, _) in open {
                    self.perform { $0.written(BatchRequestID(job: job, line: line), isError: true, now: .now()) }
                }
                self.expire(job, from: last.line + 1)
            }
        }
    }

    /// Appends lines, which the disk has a second later. On `writer`.
    private func append(_ lines: [UInt8], isError: Bool, _ files: BatchFiles, of job: String) throws(ErrorReply) {
        let isNew = try files.append(lines, isError: isError)
        let isDue = self.state.withLock { state in
            state.live[job]?.isStuck = false
            state.dirty.insert(job)
            defer { state.isSyncScheduled = true }
            return !state.isSyncScheduled
        }
        if isDue { self.writer.asyncAfter(deadline: .now() + .seconds(1)) { self.sync() } }
        guard isNew else { return }
        let (output, errors) = files.ids
        let id = isError ? errors : output
        self.state.withLock { state in
            state.live[job]?.batch.outputFile = output
            state.live[job]?.batch.errorFile = errors
            if let id { state.uses[id, default: 0] += 1 }
        }
        // A restart must find the file, or its requests would run again.
        do throws(StoreError) {
            if let batch = self.state.withLock({ $0.live[job]?.batch }) { try self.table.keep(batch) }
        } catch {
            self.save(job)
        }
    }

    private func sync() {
        let due = self.state.withLock { state in
            defer { state.dirty = [] }
            state.isSyncScheduled = false
            return state.dirty.compactMap { state.live[$0] }
        }
        for live in due {
            do throws(ErrorReply) { try live.files.sync() } catch { self.stuck(live.batch.id, error.message) }
        }
    }

    // MARK: - Requests

    /// Reads a request from the disk, and sends it on.
    private func prepare(_ start: BatchActions.Start) {
        guard let live = self.state.withLock({ $0.live[start.id.job] }) else { return }
        self.writer.async {
            do throws(ErrorReply) {
                let (customID, body) = try live.files.request(at: start.offset)
                self.queue.async { self.run(start.id, customID, body, of: live.batch) }
            } catch {
                self.stuck(start.id.job, error.message)
                self.queue.async { self.perform { $0.ended(start.id, .busy(retryAfter: 5), now: .now()).actions } }
            }
        }
    }

    private func run(_ id: BatchRequestID, _ customID: String, _ body: [UInt8], of batch: StoredBatch) {
        let (run, isEnding) = self.state.withLock { ($0.run, $0.machine.isEnding(id.job)) }
        guard let run, !isEnding, let endpoint = BatchEndpoint(rawValue: batch.endpoint) else {
            return self.perform { $0.ended(id, .cancelled, now: .now()).actions }
        }
        let end = run(BatchRequest(of: batch.owner, to: endpoint, body: body)) { reply in
            self.queue.async { self.ended(id, customID, reply) }
        }
        self.state.withLock { $0.ends[id] = end }
    }

    private func ended(_ id: BatchRequestID, _ customID: String, _ reply: BatchReply) {
        let (verdict, actions) = self.state.withLock { state in
            state.ends[id] = nil
            let (verdict, actions) = state.machine.ended(id, reply.outcome, now: .now())
            switch verdict {
            case .output: state.results[.completed, default: 0] += 1
            case .error: state.results[.failed, default: 0] += 1
            case .retry: if reply.outcome != .cancelled { state.results[.retried, default: 0] += 1 }
            }
            return (verdict, actions)
        }
        self.carryOut(actions)
        guard verdict != .retry else { return }
        self.writer.async {
            let line = OutputLine.reply(
                id: OutputLine.id(of: id.line, in: id.job),
                customID: customID,
                status: reply.status,
                requestID: reply.requestID,
                body: reply.body
            )
            self.write(line, of: id, isError: verdict == .error)
        }
    }

    /// Writes the line of a request, and tries until that succeeds or its job ends. On `writer`.
    private func write(_ line: [UInt8], of id: BatchRequestID, isError: Bool) {
        let (files, isEnding) = self.state.withLock { ($0.live[id.job]?.files, $0.machine.isEnding(id.job)) }
        guard let files else { return }
        do throws(ErrorReply) {
            try self.append(line, isError: isError, files, of: id.job)
            self.queue.async { self.perform { $0.written(id, isError: isError, now: .now()) } }
        } catch {
            self.stuck(id.job, error.message)
            guard !isEnding else { return self.queue.async { self.perform { $0.dropped(id, now: .now()) } } }
            self.writer.asyncAfter(deadline: .now() + Self.retryInterval) {
                self.write(line, of: id, isError: isError)
            }
        }
    }
}
