// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// Makes ids for requests: 15 random characters, 75 bits, so that an id cannot be guessed.
///
/// Fifteen is also what a `String` holds without an allocation.
struct RequestIDSource {
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)

    private var random = RandomBytes()

    mutating func next() -> String {
        var low = self.random.next()
        var high = self.random.next()
        return String(unsafeUninitializedCapacity: 15) { characters in
            for index in 0..<15 {
                characters[index] = Self.alphabet[Int(low & 31)]
                low = low >> 5 | high << 59
                high >>= 5
            }
            return 15
        }
    }
}

/// Random numbers of the operating system, taken in batches: a system call for each is felt at this rate.
struct RandomBytes {
    private static let batch = 32

    private var numbers = [UInt64](repeating: 0, count: Self.batch)
    private var used = Self.batch

    mutating func next() -> UInt64 {
        if self.used == self.numbers.count { self.refill() }
        defer { self.used += 1 }
        return self.numbers[self.used]
    }

    private mutating func refill() {
        self.numbers.withUnsafeMutableBytes { bytes in
            #if canImport(Darwin)
            arc4random_buf(bytes.baseAddress, bytes.count)
            #else
            // It fills up to 256 bytes as a whole, and fails only where the system has no random numbers at all.
            precondition(getentropy(bytes.baseAddress, bytes.count) == 0, "the system has no random numbers")
            #endif
        }
        self.used = 0
    }
}

/// Whether bytes are fit to be a request id: 1 to 128 of `A-Za-z0-9._-` (contract section 8).
package func isFitRequestID(_ bytes: Span<UInt8>) -> Bool {
    guard 1...128 ~= bytes.count else { return false }
    for index in bytes.indices {
        switch bytes[index] {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            continue
        default:
            return false
        }
    }
    return true
}
