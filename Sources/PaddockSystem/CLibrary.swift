// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The one place that knows what the C library of a system is called and where its declarations differ.

#if canImport(Darwin)
@_exported public import Darwin
#elseif canImport(Musl)
@_exported public import Musl
#else
@_exported public import Glibc
#endif

/// What is declared differently by the C libraries.
enum CLibrary {
    #if canImport(Glibc)
    static let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    static let datagrams = Int32(SOCK_DGRAM.rawValue)
    #else
    static let openFiles = RLIMIT_NOFILE
    static let datagrams = SOCK_DGRAM
    #endif

    /// Fills memory of at most 256 bytes with random numbers; false if the system has none.
    static func fillRandom(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
        #if canImport(Darwin)
        arc4random_buf(bytes.baseAddress, bytes.count)
        return true
        #else
        return getentropy(bytes.baseAddress, bytes.count) == 0
        #endif
    }
}
