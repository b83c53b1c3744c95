// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Synchronization

/// A few serial queues on which calls of the disk block: no more threads than that, however many clients there are.
final class FileLanes: Sendable {
    private let queues: [DispatchQueue]
    private let next = Atomic(0)

    /// - Parameters:
    ///   - label: what the threads are called.
    ///   - count: how many there are.
    init(_ label: String, count: Int) {
        self.queues = (0..<count).map { _ in DispatchQueue(label: label) }
    }

    /// The queue whose turn it is.
    func take() -> DispatchQueue {
        let turn = self.next.wrappingAdd(1, ordering: .relaxed).oldValue
        return self.queues[Int(UInt(bitPattern: turn) % UInt(self.queues.count))]
    }
}
