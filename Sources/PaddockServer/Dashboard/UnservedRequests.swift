// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockProxy
internal import Synchronization

/// The last requests on queued routes that were rejected, failed or timed out, for people to look at.
///
/// Who asked and the request id stay out: the page is for everybody, and an id tells the story of its request.
package final class UnservedRequests: ExchangeObserver {
    /// One of them.
    package struct Entry: Equatable, Sendable {
        /// When it ended, in milliseconds since 1970.
        package let time: Int
        /// The model, where it was known.
        package let model: ModelName?
        /// How it ended.
        package let outcome: ExchangeRecord.Outcome
        /// The code of the error that was answered (contract section 5).
        package let code: String?
        /// How long it had waited for a slot; nil where it never came before the admission.
        package let waited: Duration?

        package init(
            time: Int,
            model: ModelName?,
            outcome: ExchangeRecord.Outcome,
            code: String?,
            waited: Duration?
        ) {
            self.time = time
            self.model = model
            self.outcome = outcome
            self.code = code
            self.waited = waited
        }
    }

    /// How many are kept.
    package static let limit = 50

    private struct State {
        var ring: [Entry] = []
        var total = 0
    }

    private let state = Mutex(State())

    package init() {}

    package func ended(_ shared: SharedRecord, onLoop loop: Int) {
        guard shared.record.isQueued else { return }
        switch shared.record.outcome {
        case .rejected, .failed, .timedOut, .wouldTimeOut: break
        case .completed, .cancelled, .refused: return
        }
        let record = shared.record
        self.note(
            Entry(
                time: Int(WallClock.nanosecondsSince1970() / 1_000_000),
                model: record.model,
                outcome: record.outcome,
                code: record.code,
                waited: record.waited
            )
        )
    }

    /// Keeps one, in place of the oldest where there is no room.
    package func note(_ entry: Entry) {
        self.state.withLock { state in
            if state.ring.count < Self.limit {
                state.ring.append(entry)
            } else {
                state.ring[state.total % Self.limit] = entry
            }
            state.total += 1
        }
    }

    /// How many there have ever been, and those that are kept, the newest first.
    package var reading: (total: Int, entries: [Entry]) {
        self.state.withLock { state in
            let oldest = state.ring.count == Self.limit ? state.total % Self.limit : 0
            return (state.total, (state.ring[oldest...] + state.ring[..<oldest]).reversed())
        }
    }
}

extension UnservedRequests.Entry {
    /// As the dashboard's events tell it.
    var json: OrderedJSON {
        .object([
            ("time", .integer(self.time)),
            ("model", self.model.map { .string($0.description) } ?? .null),
            ("outcome", .string(self.outcome.rawValue)),
            ("code", self.code.map { .string($0) } ?? .null),
            ("waited_ms", self.waited.map { .number($0.milliseconds.rounded(decimals: 1)) } ?? .null),
        ])
    }
}
