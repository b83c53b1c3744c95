// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockBase
internal import Synchronization

extension DispatchQueue {
    /// Runs something on the queue, and waits for it at most so long.
    func run(within limit: Duration, _ work: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            let flag = FirstOfTwo()
            self.async {
                work()
                if flag.isFirst() { continuation.resume() }
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(Nanoseconds(limit).count))) {
                if flag.isFirst() { continuation.resume() }
            }
        }
    }
}

/// Which of two threads comes first.
private final class FirstOfTwo: Sendable {
    private let isSet = Atomic(false)

    func isFirst() -> Bool { !self.isSet.exchange(true, ordering: .acquiringAndReleasing) }
}
