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

/// What the commands print.
enum StandardOutput {
    /// Writes all of a text, as far as somebody reads it.
    ///
    /// - Throws: `CommandFailure` where it cannot be written, such as on a full disk. Where the reader is gone
    ///   (`| head`) there is nothing left to do, and the process ends.
    static func write(_ text: String) throws(CommandFailure) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Self.send($0) }
            if written >= 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                var wait = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wait, 1, -1)
            } else if errno == EPIPE {
                _exit(ExitStatus.success.rawValue)
            } else if errno != EINTR {
                let reason = String(cString: strerror(errno))
                throw CommandFailure(.outputError, "the output cannot be written (\(reason))")
            }
        }
    }

    private static func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
        Darwin.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
        Musl.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        #else
        Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count)
        #endif
    }
}
