// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Stands in for `Synchronization.Mutex` where the tests run under the thread sanitizer.
///
/// On Linux that one waits by a system call which the sanitizer does not know, so that it takes what the mutex guards for races.
/// It knows the mutex of the threads library, which is what a lock of Foundation is.
package final class Mutex<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    /// - Parameter value: What it guards.
    package init(_ value: sending Value) { self.value = value }

    /// Calls a function with the value while no other thread is in such a call.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        self.lock.lock()
        defer { self.lock.unlock() }
        return try body(&self.value)
    }
}
