// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Writes the values of link messages: numbers of variable length (seven bits a byte, the low ones first), texts with their length.
package struct LinkWriter: ~Copyable {
    /// What has been written.
    package private(set) var buffer: ByteBuffer

    /// Makes a writer.
    package init(_ buffer: ByteBuffer = ByteBuffer()) { self.buffer = buffer }

    /// What has been written, in two parts of which the first has so many bytes.
    package func split(after length: Int) -> [ByteBuffer] {
        let whole = self.buffer
        var rest = whole
        rest.moveReaderIndex(forwardBy: length)
        return [whole.getSlice(at: whole.readerIndex, length: length) ?? ByteBuffer(), rest.slice()]
    }

    /// Writes a number.
    package mutating func number(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            self.buffer.writeInteger(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.buffer.writeInteger(UInt8(rest))
    }

    /// Writes a number that may be below zero.
    package mutating func signed(_ number: Int64) { self.number(UInt64(bitPattern: number << 1 ^ number >> 63)) }

    /// Writes eight random or hashed bytes, which have no short form.
    package mutating func fixed(_ number: UInt64) { self.buffer.writeInteger(number) }

    /// Writes a truth value.
    package mutating func bool(_ value: Bool) { self.buffer.writeInteger(value ? UInt8(1) : 0) }

    /// Writes a text.
    package mutating func text(_ text: String) {
        self.number(UInt64(text.utf8.count))
        self.buffer.writeString(text)
    }

    /// Writes bytes without their number.
    package mutating func bytes(_ bytes: some Sequence<UInt8>) { self.buffer.writeBytes(bytes) }

    /// Writes how many bytes there are, and these.
    package mutating func part(_ bytes: ByteBuffer) {
        self.number(UInt64(bytes.readableBytes))
        self.buffer.writeImmutableBuffer(bytes)
    }

    /// Writes whether there is a value, and the value.
    package mutating func optional<Value>(_ value: Value?, _ write: (inout LinkWriter, Value) -> Void) {
        self.bool(value != nil)
        if let value { write(&self, value) }
    }

    /// Writes how many values there are, and each.
    package mutating func list<Values: Collection>(
        _ values: Values,
        _ write: (inout LinkWriter, Values.Element) -> Void
    ) {
        self.number(UInt64(values.count))
        for value in values { write(&self, value) }
    }
}
