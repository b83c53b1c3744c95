// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import Synchronization

/// Remembers what it has heard, on whatever thread.
final class RecordingWaiter: Waiter {
    enum Heard: Equatable {
        case start(Slot)
        case reject(Rejection)
        case timeOut(waited: Duration)
    }

    private let record = Mutex<[Heard]>([])
    private let onStart: @Sendable (Slot) -> Void

    init(onStart: @escaping @Sendable (Slot) -> Void = { _ in }) {
        self.onStart = onStart
    }

    var heard: [Heard] { self.record.withLock { $0 } }

    func start(_ slot: Slot) {
        self.record.withLock { $0.append(.start(slot)) }
        self.onStart(slot)
    }

    func reject(_ rejection: Rejection) {
        self.record.withLock { $0.append(.reject(rejection)) }
    }

    func timeOut(waited: Duration) {
        self.record.withLock { $0.append(.timeOut(waited: waited)) }
    }
}
