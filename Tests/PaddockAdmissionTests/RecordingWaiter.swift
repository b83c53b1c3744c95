// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission

#if SANITIZE_THREADS
import SanitizerMutex
#else
import Synchronization
#endif

/// Remembers what it has heard, on whatever thread.
final class RecordingWaiter: Waiter {
    private let record = Mutex<[WaiterAnswer]>([])
    private let onStart: @Sendable (Slot) -> Void

    init(onStart: @escaping @Sendable (Slot) -> Void = { _ in }) {
        self.onStart = onStart
    }

    var heard: [WaiterAnswer] { self.record.withLock { $0 } }

    func hear(_ answer: WaiterAnswer) {
        self.record.withLock { $0.append(answer) }
        if case .start(let slot) = answer { self.onStart(slot) }
    }
}
