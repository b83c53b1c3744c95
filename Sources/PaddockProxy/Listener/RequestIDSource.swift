// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Makes ids for requests: 15 random characters, 75 bits, so that an id cannot be guessed.
///
/// Fifteen is also what a `String` holds without an allocation.
struct RequestIDSource {
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)

    private var generator = SystemRandomNumberGenerator()

    mutating func next() -> String {
        var low = self.generator.next()
        var high = self.generator.next()
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

/// Whether bytes are fit to be a request id: 1 to 128 of `A-Za-z0-9._-` (contract section 8).
func isFitRequestID(_ bytes: Span<UInt8>) -> Bool {
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
