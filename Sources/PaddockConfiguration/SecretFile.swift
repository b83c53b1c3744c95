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

/// A file that holds one secret and nothing else, but for line breaks at its end.
enum SecretFile {
    private static let maximumBytes = Secret.maximumLength + 16

    /// Reads the secret; a name without a slash at its beginning is looked for in the current folder.
    static func read(_ name: String) throws(InvalidValue) -> Secret {
        guard !name.isEmpty, !name.utf8.contains(0), name.utf8.count <= 4096 else {
            throw InvalidValue("it is no name of a file", wanted: Self.wanted)
        }
        // A pipe that nobody writes to must not hold the start up.
        let descriptor = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.unreadable(name, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: Self.maximumBytes + 1)
        while bytes.count <= Self.maximumBytes {
            let count = piece.withUnsafeMutableBytes { Self.read(descriptor, $0) }
            if count == 0 { break }
            if count > 0 {
                bytes += piece[..<count]
            } else if errno != EINTR {
                throw Self.unreadable(name, errno)
            }
        }
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        do throws(InvalidValue) {
            return try Secret.parse(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw InvalidValue(
                "what \(name.shown) holds is no key: \(error.problem)",
                wanted: "a file with \(Secret.wanted) in one line"
            )
        }
    }

    private static func read(_ descriptor: Int32, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
        #if canImport(Darwin)
        Darwin.read(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
        Musl.read(descriptor, bytes.baseAddress, bytes.count)
        #else
        Glibc.read(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private static let wanted = "the name of a file that is there and readable"

    private static func unreadable(_ name: String, _ code: Int32) -> InvalidValue {
        InvalidValue("\(name.shown) cannot be read (\(String(cString: strerror(code))))", wanted: Self.wanted)
    }
}
