// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A compressor for what is compressed once and sent often: gzip (RFC 1952) with the fixed codes of DEFLATE (RFC 1951).
package enum Gzip {
    /// The most places that are looked at for an earlier copy.
    private static let tries = 16
    private static let lengths = 3...258
    private static let window = 32_768

    /// The first length of each code from 257 on, and how many bits follow it.
    private static let lengthCodes: [(base: Int, bits: Int)] = codes(first: 3, perStep: 4, count: 28) + [(258, 0)]
    /// The first distance of each code, and how many bits follow it.
    private static let distanceCodes: [(base: Int, bits: Int)] = codes(first: 1, perStep: 2, count: 30)

    /// Codes of which the first steps have no extra bits, and each further one a bit more.
    private static func codes(first: Int, perStep: Int, count: Int) -> [(base: Int, bits: Int)] {
        var base = first
        return (0..<count).map { index in
            let bits = max(0, index / perStep - 1)
            defer { base += 1 << bits }
            return (base, bits)
        }
    }

    /// Compresses bytes.
    package static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var output = BitWriter(bytes: [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
        // The one block, with the fixed codes.
        output.write(0b011, bits: 3)
        var finder = CopyFinder(count: bytes.count)
        var place = 0
        while place < bytes.count {
            if let copy = finder.copy(at: place, of: bytes) {
                self.write(copy, to: &output)
                for passed in place..<place + copy.length { finder.note(passed, of: bytes) }
                place += copy.length
            } else {
                self.write(symbol: Int(bytes[place]), to: &output)
                finder.note(place, of: bytes)
                place += 1
            }
        }
        self.write(symbol: 256, to: &output)
        output.flush()
        for number in [CRC32.checksum(bytes), UInt32(truncatingIfNeeded: bytes.count)] {
            for shift in stride(from: 0, to: 32, by: 8) {
                output.bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        return output.bytes
    }

    private static func write(_ copy: CopyFinder.Copy, to output: inout BitWriter) {
        let length = self.lengthCodes.lastIndex { $0.base <= copy.length } ?? 0
        self.write(symbol: 257 + length, to: &output)
        output.write(copy.length - self.lengthCodes[length].base, bits: self.lengthCodes[length].bits)
        let distance = self.distanceCodes.lastIndex { $0.base <= copy.distance } ?? 0
        output.write(code: distance, bits: 5)
        output.write(copy.distance - self.distanceCodes[distance].base, bits: self.distanceCodes[distance].bits)
    }

    /// Writes a literal, the end, or a length: RFC 1951 §3.2.6.
    private static func write(symbol: Int, to output: inout BitWriter) {
        switch symbol {
        case ..<144: output.write(code: 0b0011_0000 + symbol, bits: 8)
        case ..<256: output.write(code: 0b1_1001_0000 + symbol - 144, bits: 9)
        case ..<280: output.write(code: symbol - 256, bits: 7)
        default: output.write(code: 0b1100_0000 + symbol - 280, bits: 8)
        }
    }

    /// Bits, the least significant one first.
    private struct BitWriter {
        var bytes: [UInt8]
        private var rest = 0
        private var count = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func write(_ value: Int, bits: Int) {
            self.rest |= value << self.count
            self.count += bits
            while self.count >= 8 {
                self.bytes.append(UInt8(truncatingIfNeeded: self.rest))
                self.rest >>= 8
                self.count -= 8
            }
        }

        /// Writes a code, whose most significant bit comes first.
        mutating func write(code: Int, bits: Int) {
            var turned = 0
            for bit in 0..<bits where code & 1 << bit != 0 { turned |= 1 << (bits - 1 - bit) }
            self.write(turned, bits: bits)
        }

        mutating func flush() { self.write(0, bits: (8 - self.count) % 8) }
    }

    /// Finds earlier copies of what comes next, by its first three bytes.
    private struct CopyFinder {
        typealias Copy = (distance: Int, length: Int)

        /// The last place with a hash, and for each place the one before it with the same hash; -1 for none.
        private var last = [Int](repeating: -1, count: 1 << 15)
        private var earlier: [Int]

        init(count: Int) { self.earlier = [Int](repeating: -1, count: count) }

        private static func hash(_ place: Int, of bytes: [UInt8]) -> Int? {
            guard place + 2 < bytes.count else { return nil }
            return (Int(bytes[place]) << 10 ^ Int(bytes[place + 1]) << 5 ^ Int(bytes[place + 2])) & 0x7FFF
        }

        mutating func note(_ place: Int, of bytes: [UInt8]) {
            guard let hash = Self.hash(place, of: bytes) else { return }
            self.earlier[place] = self.last[hash]
            self.last[hash] = place
        }

        func copy(at place: Int, of bytes: [UInt8]) -> Copy? {
            guard let hash = Self.hash(place, of: bytes) else { return nil }
            let most = min(Gzip.lengths.upperBound, bytes.count - place)
            var best: Copy = (0, Gzip.lengths.lowerBound - 1)
            var candidate = self.last[hash]
            for _ in 0..<Gzip.tries where candidate >= 0 && place - candidate <= Gzip.window {
                var length = 0
                while length < most, bytes[candidate + length] == bytes[place + length] { length += 1 }
                if length > best.length { best = (place - candidate, length) }
                candidate = self.earlier[candidate]
            }
            return best.distance == 0 ? nil : best
        }
    }
}
