// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// A request as a ``VirtualGateway`` meets it: what it asks for, and what it will take.
///
/// Times are in nanoseconds.
package struct VirtualRequest: Sendable {
    /// Its model.
    package var model: ModelName
    /// Whose it is.
    package var client: Client
    /// Its class.
    package var requestClass = RequestClass.interactive
    /// Whether its reply is a stream.
    package var isStream = false
    /// When it times out if its reply has not begun, since its arrival; nil for never.
    package var deadline: Int64?
    /// Whether its client stated it.
    package var isDeadlineStated = false
    /// When its client goes away if it has had no first byte, since its arrival; nil for never.
    package var patience: Int64?
    /// How long its model takes to load, if it is not loaded.
    package var loadTime: Int64 = 0
    /// From the slot, or the end of a load that it waits for, to the first byte.
    package var firstByte: Int64
    /// From the slot, or the end of a load that it waits for, to the end.
    package var processing: Int64
    /// How it ends if nothing comes between.
    package var ending = Ending.completed
    /// The status of the reply if it completes.
    package var status = 200
    /// The tokens that its client is charged for it.
    package var tokens: Int32 = 0

    /// Makes an interactive request that completes.
    package init(model: ModelName, client: Client, firstByte: Int64, processing: Int64) {
        self.model = model
        self.client = client
        self.firstByte = firstByte
        self.processing = processing
    }

    /// When and how it ends at the latest as long as its backend has not begun.
    func latestEnd(arrived: Int64) -> (instant: Int64, ending: Ending) {
        let gone = self.patience.map { arrived.addingOrMax($0) } ?? .max
        let late = self.deadline.map { arrived.addingOrMax($0) } ?? .max
        return gone <= late ? (gone, .cancelled) : (late, .timedOut)
    }

    /// When and how it ends on which its backend works from an instant on.
    ///
    /// 1. Its client goes away before the first byte.
    /// 2. Its reply has not begun by its deadline, or is not a stream and has not ended by then.
    /// 3. Else it takes its time.
    func end(arrived: Int64, started: Int64) -> (instant: Int64, ending: Ending) {
        let firstByte = started.addingOrMax(self.firstByte)
        let end = started.addingOrMax(max(self.firstByte, self.processing))
        let gone = self.patience.map { arrived.addingOrMax($0) } ?? .max
        let late = self.deadline.map { arrived.addingOrMax($0) } ?? .max
        let leaves = firstByte > gone
        let isLate = (self.isStream ? firstByte : end) > late
        if leaves, !isLate || gone <= late { return (max(gone, started), .cancelled) }
        if isLate { return (max(late, started), .timedOut) }
        return (end, self.ending)
    }
}

extension Int64 {
    /// The sum, or the largest number if the sum is larger.
    func addingOrMax(_ other: Int64) -> Int64 {
        let (sum, overflow) = self.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
