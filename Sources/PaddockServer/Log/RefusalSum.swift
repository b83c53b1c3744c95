// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy

/// Refusals that are one line of the access log: the fields of the last one, how many there were, and in what time.
final class RefusalSum: Sendable {
    /// The last one. If they are of several clients, it names ``RefusalBursts/others``.
    let last: SharedRecord
    /// How many there were, at least 1.
    let count: Int
    /// From the end of the first one to the end of the last one.
    let length: Nanoseconds

    /// - Parameters:
    ///   - last: the last one.
    ///   - count: how many there were.
    ///   - since: when the first one ended.
    ///   - isShared: whether they are of several clients.
    init(_ last: SharedRecord, count: Int, since: Instant, isShared: Bool) {
        self.count = count
        self.length = max(.zero, last.record.ended - since)
        guard isShared, count > 1 else {
            self.last = last
            return
        }
        var record = last.record
        record.client = Client(name: RefusalBursts.others)
        self.last = SharedRecord(record)
    }
}
