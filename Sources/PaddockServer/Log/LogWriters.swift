// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockLog
internal import Synchronization

/// What writes the lines of the two logs, and how many of them were lost.
struct LogWriters: Sendable {
    /// Why lines of the access log were lost last.
    final class LossReason: Sendable {
        private let last = Mutex<String?>(nil)

        /// Why, in a few words. While nobody reads, the thread that would know hangs.
        var text: String { self.last.withLock { $0 } ?? "nobody reads it, or not fast enough" }

        /// Takes note of a reason.
        func note(_ reason: String) { self.last.withLock { $0 = reason } }
    }

    /// The access log.
    let access: AccessLog
    /// The messages of the process.
    let messages: LineWriter<[UInt8]>
    /// Why lines were lost.
    let reason: LossReason

    /// How many lines of both were lost since the start.
    var lostLines: Int { self.access.lostLines + self.messages.lostLines }
}
