// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockBase
internal import PaddockHTTP

/// Writes a message head of many small pieces into memory that was made sure of once.
///
/// Each piece that a `ByteBuffer` is given costs it more than the copy; a head has two dozen.
struct HeadWriter {
    private let bytes: UnsafeMutableRawBufferPointer
    /// How many bytes have been written.
    private(set) var count = 0

    init(_ bytes: UnsafeMutableRawBufferPointer) { self.bytes = bytes }

    /// Writes a text whose length is known when this is compiled, so that no call is made for it.
    @inline(__always)
    mutating func write(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        precondition(self.bytes.count &- self.count >= length, "there is room for the head")
        guard let target = self.bytes.baseAddress else { return }
        (target + self.count).copyMemory(from: text.utf8Start, byteCount: length)
        self.count &+= length
    }

    mutating func write(text: String) { text.withBytes { self.write($0) } }

    mutating func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { self.write($0) } }

    mutating func write(decimal number: Int) {
        if number < 0 { self.write(byte: UInt8(ascii: "-")) }
        let number = number.magnitude
        // Most are a position of 0 and a wait of 0 ms.
        if number < 10 { return self.write(byte: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number)) }
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        precondition(self.count + digits <= self.bytes.count, "there is room for the head")
        self.count += digits
        rest = number
        // From the last digit on.
        for place in 1...digits {
            self.bytes[self.count - place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    mutating func write(_ source: Span<UInt8>, _ range: ByteRange) {
        source.extracting(range.lowerBound..<range.upperBound).bytes.withUnsafeBytes { self.write($0) }
    }

    mutating func write(byte: UInt8) {
        precondition(self.count < self.bytes.count, "there is room for the head")
        self.bytes[self.count] = byte
        self.count += 1
    }

    /// Leaves bytes out, to be filled later.
    mutating func skip(_ count: Int) {
        precondition(self.count + count <= self.bytes.count, "there is room for the head")
        self.count += count
    }

    /// Writes the header fields of a head unchanged, except those that concern one connection only.
    ///
    /// - Parameters:
    ///   - head: the head.
    ///   - source: the bytes it was read from.
    ///   - dropped: further fields to leave out.
    mutating func writeFields(of head: borrowing MessageHead, _ source: Span<UInt8>, except dropped: FieldKindSet) {
        var runStart = -1
        var runEnd = -1
        for field in head.fields {
            if !dropped.contains(field.kind), !field.isHopByHop {
                // Adjacent lines are copied together.
                if runStart < 0 { runStart = field.name.lowerBound }
                runEnd = Int(field.lineEnd)
            } else if runStart >= 0 {
                self.write(source, ByteRange(start: runStart, end: runEnd))
                runStart = -1
            }
        }
        if runStart >= 0 { self.write(source, ByteRange(start: runStart, end: runEnd)) }
    }

    private mutating func write(_ piece: UnsafeRawBufferPointer) {
        precondition(self.count + piece.count <= self.bytes.count, "there is room for the head")
        guard let source = piece.baseAddress, let target = self.bytes.baseAddress else { return }
        (target + self.count).copyMemory(from: source, byteCount: piece.count)
        self.count += piece.count
    }
}

extension ByteBuffer {
    /// Writes a head of at most this many bytes.
    mutating func writeHead(atMost capacity: Int, _ write: (inout HeadWriter) -> Void) {
        self.writeInPlace(atMost: capacity) { bytes in
            var writer = HeadWriter(bytes)
            write(&writer)
            return writer.count
        }
    }
}
