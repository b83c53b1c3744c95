// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
package import Logging
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
package import PaddockProxy
package import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// Keeps what is told of ended requests in the store, a second after they ended.
///
/// What cannot be written is lost, and counted: unlike sums it would soon take more memory than there is.
package final class HistoryRecorder: ExchangeObserver {
    private struct Writing {
        var retention = Retention()
        var hasFailed = false
    }

    private let archive: RequestArchive
    private let rendering: RequestRendering
    private let lanes: RecordLanes
    private let logger: Logger
    private let daysKept: Int
    private let writing = Mutex(Writing())
    private let lostCount = Atomic(0)

    /// - Parameters:
    ///   - store: where they are kept.
    ///   - backends: the URLs of the backends.
    ///   - eventLoops: how many there are.
    ///   - daysKept: how many days are kept, today included.
    ///   - logger: gets a message if the store cannot be written, and when it can again.
    package init(_ store: Store, backends: BackendNames, eventLoops: Int, daysKept: Int, logger: Logger) {
        self.archive = RequestArchive(store)
        self.rendering = RequestRendering(backends: backends)
        self.lanes = RecordLanes(eventLoops: eventLoops, label: "paddock-history")
        self.daysKept = daysKept
        self.logger = logger
        self.lanes.writer.async { self.commit() }
    }

    /// Adds a request, which is kept a moment later.
    package func ended(_ record: SharedRecord, onLoop loop: Int) {
        guard record.isUsage else { return }
        switch self.lanes.append(record, onLoop: loop) {
        case .waits: break
        case .first: self.lanes.schedule { self.commit() }
        case .many: self.lanes.writer.async { self.commit() }
        }
    }

    /// Requests that are not kept, as the store could not be written or was too slow.
    var lost: Int { self.lostCount.load(ordering: .relaxed) }

    /// Finds requests, all that have ended included unless the store cannot be written. Blocks.
    package func requests(_ query: RequestQuery) throws(StoreError) -> [StoredRequest] {
        self.lanes.writer.sync { self.commit() }
        return try self.archive.requests(query)
    }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take; the disk may hang.
    func flush(within limit: Duration) async { await self.lanes.writer.run(within: limit) { self.commit() } }

    /// Called on the writer's queue only.
    private func commit() {
        let offset = Instant.offsetSince1970()
        var requests: [StoredRequest] = []
        var lost = 0
        self.lanes.takeAll { records, lostOfLane in
            requests += records.map { self.stored($0, offset: offset) }
            lost += lostOfLane
        }
        let today = WallClock.secondsSince1970() / 86_400
        let first = self.writing.withLock { $0.retention.firstDayKept(today: today, kept: self.daysKept) }
        do throws(StoreError) {
            if !requests.isEmpty { try self.archive.add(requests) }
            if let first { try self.archive.remove(before: Int64(first) * 86_400_000) }
            if !requests.isEmpty { self.note(nil) }
        } catch {
            lost += requests.count
            self.note(error)
        }
        self.lostCount.add(lost, ordering: .relaxed)
    }

    private func stored(_ shared: SharedRecord, offset: Int64) -> StoredRequest {
        let record = shared.record
        return StoredRequest(
            endedAt: (record.ended.nanoseconds + offset) / 1_000_000,
            client: record.client.name,
            model: record.model?.description ?? "",
            outcome: record.outcome.rawValue,
            story: self.rendering.json(shared).string
        )
    }

    private func note(_ error: StoreError?) {
        let hadFailed = self.writing.withLock { writing in
            defer { writing.hasFailed = error != nil }
            return writing.hasFailed
        }
        switch (error, hadFailed) {
        case (let error?, false):
            self.logger.warning("ended requests are not kept", metadata: ["reason": "\(error.reason)"])
        case (nil, true): self.logger.info("ended requests are kept again")
        default: break
        }
    }
}
