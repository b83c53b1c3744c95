// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A recommendation for Ollama's settings by the size of the machine.
package enum MemoryProfile: String, Equatable, Sendable {
    /// Less than 16 GB.
    case low
    /// 16 GB and more.
    case medium
    /// 32 GB and more.
    case high

    /// The profile of a machine.
    ///
    /// - Parameter totalBytes: All its memory.
    package init(totalBytes: UInt64) {
        switch totalBytes {
        case (32 * .bytesOfGigabyte)...: self = .high
        case (16 * .bytesOfGigabyte)...: self = .medium
        default: self = .low
        }
    }

    /// The recommended `ollama_num_parallel`.
    package var parallelLimit: Int {
        switch self {
        case .high: 8
        case .medium: 4
        case .low: 2
        }
    }

    /// The recommended `ollama_max_queue`.
    package var queueLimit: Int {
        switch self {
        case .high: 1024
        case .medium: 512
        case .low: 256
        }
    }
}
