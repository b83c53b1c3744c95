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

/// Files that are read whole, up to a bound.
package enum SmallFile {
    /// Why a file cannot be read.
    package struct Failure: Error {
        let code: Int32

        var isMissing: Bool { self.code == ENOENT }

        /// The problem, for a message that goes on with `wanted`.
        func problem(_ name: String) -> String {
            "\(name.shown) cannot be read (\(String(cString: strerror(self.code))))"
        }
    }

    /// What would be right, to follow "give".
    static let wanted = "the name of a file that is there and readable"

    /// Reads a file; a name without a slash at its beginning is looked for in the current folder.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - maximum: how many bytes are expected at most; of a longer file some more are read, so that the caller sees it.
    ///   - waits: whether to wait for whoever writes to a pipe.
    package static func bytes(of name: String, upTo maximum: Int, waits: Bool) throws(Failure) -> [UInt8] {
        let descriptor = open(name, O_RDONLY | O_CLOEXEC | (waits ? 0 : O_NONBLOCK))
        guard descriptor >= 0 else { throw Failure(code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: min(maximum + 1, 1 << 16))
        while bytes.count <= maximum {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { break }
            if count > 0 {
                bytes += piece[..<count]
            } else if errno != EINTR {
                throw Failure(code: errno)
            }
        }
        return bytes
    }
}
