// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

/// A recommendation for Ollama's settings by the size of the machine (contract section 6).
package enum MemoryProfile: String, Equatable, Sendable {
    /// Less than 16 GiB.
    case low
    /// 16 GiB and more.
    case medium
    /// 32 GiB and more.
    case high

    /// The profile of a machine.
    ///
    /// - Parameter totalBytes: all its memory.
    package init(totalBytes: UInt64) {
        switch totalBytes {
        case (32 * .bytesOfGigabyte)...: self = .high
        case (16 * .bytesOfGigabyte)...: self = .medium
        default: self = .low
        }
    }

    /// The recommended `ollama_num_parallel` and `ollama_max_queue`.
    package var limits: Limits {
        switch self {
        case .high: Limits(parallel: 8, queue: 1024)
        case .medium: Limits(parallel: 4, queue: 512)
        case .low: Limits(parallel: 2, queue: 256)
        }
    }
}
