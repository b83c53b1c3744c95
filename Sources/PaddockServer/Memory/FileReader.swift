// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Returns the text of a file; nil if it cannot be read.
typealias FileReader = (_ path: String) -> String?

/// Files of the real system.
enum SystemFiles {
    /// Reads a file that the kernel writes.
    ///
    /// Such files report no size before they are read. 4 MiB is more than any of them has, a list of thousands of mounts
    /// included.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 14)
        while bytes.count < 4 << 20 {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 {
                return String(decoding: bytes, as: UTF8.self)
            }
            if count > 0 {
                bytes += piece[..<count]
            } else if errno != EINTR {
                return nil
            }
        }
        return nil
    }
}
