// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockBatch
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// What clients and operators ask of the jobs. All calls block; they are made on ``BatchRunner/clerk``.
extension BatchRunner {
    /// A job with its progress.
    struct Shown: Sendable {
        /// What is known of it.
        let batch: StoredBatch
        /// How many of its requests have ended.
        let counts: BatchCounts

        /// The object that OpenAI's API has for it.
        ///
        /// - Parameter showsOwner: whether its owner is written, too.
        func json(showsOwner: Bool) -> JSONText {
            .object { self.batch.write(to: &$0, counts: self.counts, showsOwner: showsOwner) }
        }
    }

    /// Makes a job.
    ///
    /// - Parameters:
    ///   - creation: what its client sent.
    ///   - owner: its client.
    /// - Throws: 404 if there is no such file, 400 if it is of another purpose, 429 if its client has too many jobs, 501 if no jobs
    ///   run, or 503 if the store fails.
    func make(_ creation: BatchCreation, of owner: String) throws(ErrorReply) -> Shown {
        let (slots, liveCount) = self.state.withLock { state in
            // From now on nobody deletes it.
            state.uses[creation.inputFile, default: 0] += 1
            return (state.slots, state.machine.liveJobs(of: owner))
        }
        do throws(ErrorReply) {
            guard slots > 0 else { throw .noJobs }
            guard liveCount < Self.maxLivePerClient else { throw .tooManyJobs }
            let file = try self.files.file(creation.inputFile, of: owner)
            guard file.purpose == .batch else {
                throw .invalidRequest("the file \(file.id) is the output of a job: upload one with the purpose batch")
            }
            let now = WallClock.secondsSince1970()
            var batch = StoredBatch(
                id: self.newID(),
                owner: owner,
                endpoint: creation.endpoint.rawValue,
                inputFile: file.id,
                window: creation.windowText,
                time: now..<now + creation.window.seconds
            )
            batch.metadata = creation.metadata
            do throws(StoreError) { try self.table.keep(batch) } catch { throw ErrorReply(error) }
            let live = Self.live(batch, self.files)
            self.queue.sync { [batch] in
                self.state.withLock { $0.live[batch.id] = live }
                self.add(batch)
            }
            return Shown(batch: batch, counts: batch.counts)
        } catch {
            self.state.withLock { state in
                let uses = (state.uses[creation.inputFile] ?? 1) - 1
                state.uses[creation.inputFile] = uses == 0 ? nil : uses
            }
            throw error
        }
    }

    /// A job of a client.
    ///
    /// - Parameters:
    ///   - id: its id, as anybody may have sent it.
    ///   - owner: whose it must be; nil for anybody's.
    /// - Throws: 404 `not_found`, or 503 `store_error`.
    func batch(_ id: String, of owner: String?) throws(ErrorReply) -> Shown {
        guard id.utf8.count <= 64 else { throw .noJob(id) }
        // In this order, as a job moves from memory to the store.
        let live = self.live(id)
        let shown: Shown?
        do throws(StoreError) {
            let stored = live == nil ? try self.table.batch(id) : nil
            shown = live ?? stored.map { Shown(batch: $0, counts: $0.counts) }
        } catch {
            throw ErrorReply(error)
        }
        guard let shown, owner == nil || shown.batch.owner == owner else { throw .noJob(id) }
        return shown
    }

    private func live(_ id: String) -> Shown? {
        self.state.withLock { state in
            state.live[id].map { Shown(batch: $0.batch, counts: state.machine.counts(of: id) ?? $0.batch.counts) }
        }
    }

    /// Jobs, the newest first.
    ///
    /// - Parameters:
    ///   - owner: whose; nil for everybody's.
    ///   - start: where the list begins.
    ///   - limit: how many at most.
    /// - Throws: 404 `not_found` if there is no job behind which it is to begin, or 503 `store_error`.
    func list(of owner: String?, from start: ListStart, limit: Int) throws(ErrorReply) -> [Shown] {
        if case .behind(let id) = start { _ = try self.batch(id, of: owner) }
        do throws(StoreError) {
            let stored = try self.table.list(of: owner, from: start, limit: limit)
            return stored.map { self.live($0.id) ?? Shown(batch: $0, counts: $0.counts) }
        } catch {
            throw ErrorReply(error)
        }
    }

    /// Cancels a job: its active requests end as if their client had left, and what is done stays.
    ///
    /// - Parameters:
    ///   - id: its id, as anybody may have sent it.
    ///   - owner: whose it must be; nil for anybody's.
    /// - Throws: 404 `not_found`, 409 `batch_ended`, or 503 `store_error`.
    func cancel(_ id: String, of owner: String?) throws(ErrorReply) -> Shown {
        let shown = try self.batch(id, of: owner)
        let isCancelled = self.queue.sync {
            var isCancelled = false
            self.perform { machine in
                guard let actions = machine.cancel(id, now: .now()) else { return BatchActions() }
                isCancelled = true
                return actions
            }
            return isCancelled
        }
        guard isCancelled else { throw .jobHasEnded(id, self.live(id)?.batch.status ?? shown.batch.status) }
        return self.live(id) ?? shown
    }

    /// How far a job is.
    struct Progress: Sendable {
        let id: String
        let owner: String
        let counts: BatchCounts
        /// The rest of its window, in seconds.
        let secondsLeft: Int
    }

    /// The jobs whose requests run now.
    var running: [Progress] {
        let now = WallClock.secondsSince1970()
        return self.state.withLock { state in
            state.live.values.compactMap { live in
                guard live.batch.status == BatchStatus.inProgress.rawValue,
                    let counts = state.machine.counts(of: live.batch.id)
                else { return nil }
                return Progress(
                    id: live.batch.id,
                    owner: live.batch.owner,
                    counts: counts,
                    secondsLeft: live.batch.expiresAt - now
                )
            }
        }
    }

    /// The numbers for `/metrics`.
    struct Status: Sendable {
        /// How many live jobs have a status.
        let jobs: [BatchStatus: Int]
        /// What became of requests since the start.
        let results: [BatchResult: Int]
        /// What all files take, in bytes.
        let fileBytes: Int
    }

    /// The numbers of now.
    var status: Status {
        let (jobs, results) = self.state.withLock { state in
            var jobs: [BatchStatus: Int] = [:]
            for live in state.live.values {
                if let status = BatchStatus(rawValue: live.batch.status) { jobs[status, default: 0] += 1 }
            }
            return (jobs, state.results)
        }
        return Status(jobs: jobs, results: results, fileBytes: self.files.usedBytes)
    }
}
