// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSystem

/// Returns the text of a file; nil if it cannot be read.
typealias FileReader = (_ path: String) -> String?

/// Files of the real system.
enum SystemFiles {
    /// Reads a file that the kernel writes.
    ///
    /// Such files report no size before they are read. 4 MiB is more than any of them has, a list of thousands of mounts
    /// included.
    static func text(_ path: String) -> String? {
        let maximum = 4 << 20
        let bytes = try? InputFile.bytes(of: path, upTo: maximum, waits: false)
        return bytes.flatMap { $0.count <= maximum ? String(decoding: $0, as: UTF8.self) : nil }
    }
}
