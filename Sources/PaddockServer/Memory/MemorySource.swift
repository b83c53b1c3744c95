// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Where readings of the memory come from: the system, or a test.
package struct MemorySource: Sendable {
    /// Takes a reading; nil where the system tells nothing.
    package let read: @Sendable () -> MemoryReading?

    package init(read: @escaping @Sendable () -> MemoryReading?) { self.read = read }

    /// The memory that is available to this process.
    package static let system = MemorySource { SystemMemory.read() }
}
