// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockBase
package import PaddockProxy
package import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// Adds up ended requests and brings the sums to the store, once a second while there are any.
///
/// An event loop only puts the record into a lane. One queue adds up, which never waits for the disk; the other one writes. If a
/// commit fails, its rows go back to the ledger and are tried again.
package final class UsageRecorder: ExchangeObserver {
    /// How the store is.
    package struct Status: Equatable, Sendable {
        /// Where it is: a folder, or `memory`.
        package var place: String
        /// What is wrong, in a few words; nil if the last commit succeeded.
        package var trouble: String?
        /// Rows that wait for the store.
        package var pending: Int
        /// Requests that are in no row, as there was no room.
        package var lost: Int
        /// Commits that failed.
        package var failures: Int
    }

    private struct Writing {
        var retention = Retention()
        var trouble: String?
        var failures = 0
    }

    /// After a commit that failed.
    private static let retryInterval = DispatchTimeInterval.seconds(5)

    private let store: Store
    private let lanes: RecordLanes
    private let events: any EventSink
    private let ledger: Mutex<UsageLedger>
    private let writing = Mutex(Writing())
    private let daysKept: Atomic<Int>
    private let adder = DispatchQueue(label: "paddock-usage")

    /// - Parameters:
    ///   - store: where the sums go.
    ///   - eventLoops: how many there are.
    ///   - daysKept: how many days are kept, today included.
    ///   - events: is told if the store cannot be written, and when it can again.
    /// - Throws: if the store cannot be read.
    package init(_ store: Store, eventLoops: Int, daysKept: Int, events: any EventSink) throws(StoreError) {
        let hour = Self.hourNow()
        self.store = store
        self.lanes = RecordLanes(eventLoops: eventLoops, label: "paddock-store")
        self.events = events
        self.ledger = Mutex(UsageLedger(hour: hour, keys: try store.usageKeys(ofHour: hour)))
        self.daysKept = Atomic(daysKept)
        self.lanes.writer.async { self.commit() }
    }

    /// Changes how many days are kept, from the next midnight or start on.
    func keep(days: Int) { self.daysKept.store(days, ordering: .relaxed) }

    /// Adds a request, which is counted a moment later.
    package func ended(_ record: SharedRecord, onLoop loop: Int) {
        guard record.isUsage else { return }
        switch self.lanes.append(record, onLoop: loop) {
        case .waits: break
        case .first: self.lanes.schedule { self.commit() }
        case .many: self.adder.async { self.addUp() }
        }
    }

    /// How the store is.
    package var status: Status {
        let place =
            switch self.store.place {
            case .folder(let path): path
            case .memory: "memory"
            }
        let (pending, lost) = self.ledger.withLock { ($0.pendingCount, $0.lost) }
        return self.writing.withLock {
            Status(place: place, trouble: $0.trouble, pending: pending, lost: lost, failures: $0.failures)
        }
    }

    /// Reads usage, that of all requests that have ended included unless the store cannot be written. Blocks.
    package func usage(_ query: UsageQuery) throws(StoreError) -> [UsageRow] {
        self.lanes.writer.sync { self.commit() }
        return try self.store.usage(query)
    }

    /// The tokens of prompts and answers that a client has used on a day. Blocks.
    ///
    /// - Parameters:
    ///   - client: its name.
    ///   - day: the day of UTC, in days since 1970.
    func tokens(of client: String, onDay day: Int) throws(StoreError) -> Int {
        let query = UsageQuery(hours: day * 24...day * 24 + 23, by: [], client: client)
        return try self.usage(query).reduce(0) { $0 + $1.counts.tokensIn + $1.counts.tokensOut }
    }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take; the disk may hang.
    package func flush(within limit: Duration) async {
        await self.lanes.writer.run(within: limit) { self.commit() }
    }

    // MARK: - Writing

    private static func hourNow() -> Int { Int(WallClock.nanosecondsSince1970() / 3_600_000_000_000) }

    private func addUp() {
        let offset = Instant.offsetSince1970()
        self.lanes.takeAll { records, lost in
            self.ledger.withLock { ledger in
                Self.add(records, to: &ledger, offset: offset)
                ledger.lose(lost)
            }
        }
    }

    /// Adds requests to a ledger. Of one client and model there are often several in a row, which then cost one look-up.
    private static func add(_ records: [SharedRecord], to ledger: inout UsageLedger, offset: Int64) {
        guard var first = records.first else { return }
        var counts = UsageCounts()
        for record in records {
            if !record.isOfSameRow(as: first, offset: offset) {
                ledger.add(counts, to: UsageKey(first, hour: first.hour(offset: offset)))
                first = record
                counts = UsageCounts()
            }
            counts.add(record)
        }
        ledger.add(counts, to: UsageKey(first, hour: first.hour(offset: offset)))
    }

    /// Called on the writer's queue only.
    private func commit() {
        self.addUp()
        let rows = self.ledger.withLock { $0.take() }
        let kept = self.daysKept.load(ordering: .relaxed)
        let first = self.writing.withLock { $0.retention.firstDayKept(today: Self.hourNow().day, kept: kept) }
        do throws(StoreError) {
            if !rows.isEmpty { try self.store.add(rows, now: WallClock.secondsSince1970()) }
            self.succeeded()
        } catch {
            self.ledger.withLock { $0.putBack(rows) }
            self.failed(error)
            self.lanes.schedule(after: Self.retryInterval) { self.commit() }
        }
        guard let first else { return }
        do throws(StoreError) { try self.store.removeUsage(before: first) } catch { self.failed(error) }
    }

    private func failed(_ error: StoreError) {
        let isNew = self.writing.withLock { writing in
            defer { writing.trouble = error.reason }
            writing.failures += 1
            return writing.trouble != error.reason
        }
        guard isNew else { return }
        var event = GatewayEvent(.storeFailed)
        event.reason = error.reason
        self.events.note(event)
    }

    private func succeeded() {
        let wasTrouble = self.writing.withLock { writing in
            defer { writing.trouble = nil }
            return writing.trouble != nil
        }
        if wasTrouble { self.events.note(GatewayEvent(.storeWorks)) }
    }
}
