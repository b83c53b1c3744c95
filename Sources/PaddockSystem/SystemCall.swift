// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Calls of the operating system that several targets make.
package enum SystemCall {
    /// The value of an environment variable; nil if it is not set.
    package static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Writes bytes, and waits while the other end takes none.
    ///
    /// - Parameters:
    ///   - bytes: what to write.
    ///   - descriptor: where to.
    /// - Returns: how many were written, and the error if that is not all.
    package static func write(
        _ bytes: UnsafeRawBufferPointer,
        to descriptor: Int32
    ) -> (written: Int, error: SystemError?) {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = PaddockSystem.write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wanted, 1, -1)
            } else if errno != EINTR {
                return (written, .last)
            }
        }
        return (written, nil)
    }

    /// Fills memory of at most 256 bytes with numbers that nobody can guess.
    package static func fillRandom(_ bytes: UnsafeMutableRawBufferPointer) {
        precondition(CLibrary.fillRandom(bytes), "the system has no random numbers")
    }

    /// How many descriptors this process may have open, and how many it may ask for; nil if the system does not report it.
    package static var openFileLimit: (current: UInt64, most: UInt64)? {
        var limit = rlimit()
        guard getrlimit(CLibrary.openFiles, &limit) == 0 else { return nil }
        return (UInt64(limit.rlim_cur), UInt64(limit.rlim_max))
    }

    /// Asks for so many descriptors; nothing changes if the system does not allow it.
    package static func raiseOpenFileLimit(to count: UInt64) {
        var limit = rlimit()
        guard getrlimit(CLibrary.openFiles, &limit) == 0 else { return }
        limit.rlim_cur = rlim_t(count)
        _ = setrlimit(CLibrary.openFiles, &limit)
    }

    /// A new socket for datagrams within the machine; negative if there is none.
    package static func localDatagramSocket() -> Int32 { socket(AF_UNIX, CLibrary.datagrams, 0) }
}
