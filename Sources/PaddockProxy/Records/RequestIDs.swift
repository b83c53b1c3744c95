// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSystem

/// Makes the ids of the requests of one event loop: 15 random characters, 75 bits, so that an id cannot be guessed.
///
/// Fifteen is also what a `String` holds without an allocation.
final class RequestIDs {
    /// Random numbers of the system, taken in batches, as a system call for each id would be felt. The system gives at most
    /// 256 bytes at once.
    private var numbers = [UInt64](repeating: 0, count: 32)
    private var used = 32

    /// A fresh id.
    func next() -> String {
        if self.used == self.numbers.count { self.refill() }
        let (low, high) = (self.numbers[self.used], self.numbers[self.used + 1])
        self.used += 2
        return Self.text(low, high)
    }

    /// The id that is made of 40 bits of each of two numbers; the last character of the first makes room for the second.
    static func text(_ first: UInt64, _ second: UInt64) -> String {
        String(unsafeUninitializedCapacity: 15) { characters in
            let target = UnsafeMutableRawBufferPointer(characters)
            target.storeBytes(of: Self.characters(first).littleEndian, as: UInt64.self)
            target.storeBytes(of: Self.characters(second).littleEndian, toByteOffset: 7, as: UInt64.self)
            return 15
        }
    }

    /// Eight characters of `a-z2-9` without `l` and `o`, one for each five of the low 40 bits, the first in the lowest byte.
    private static func characters(_ bits: UInt64) -> UInt64 {
        var word = bits & 0xF_FFFF | (bits & 0xFF_FFF0_0000) << 12
        word = word & 0x0000_03FF_0000_03FF | (word & 0x000F_FC00_000F_FC00) << 6
        word = word & 0x001F_001F_001F_001F | (word & 0x03E0_03E0_03E0_03E0) << 3
        let ones: UInt64 = 0x0101_0101_0101_0101
        // 1 in each byte of at least a number below 128.
        func atLeast(_ least: UInt64) -> UInt64 { (word &+ (0x80 &- least) &* ones) >> 7 & ones }
        // "l" and "o" are left out, and after "z" comes "2".
        let letters = word &+ UInt64(UInt8(ascii: "a")) &* ones &+ atLeast(11) &+ atLeast(13)
        return letters &- atLeast(24) &* UInt64(UInt8(ascii: "z") + 1 - UInt8(ascii: "2"))
    }

    private func refill() {
        self.numbers.withUnsafeMutableBytes { SystemCall.fillRandom($0) }
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
