// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Reads what a ``LinkWriter`` has written.
package struct LinkReader: ~Copyable {
    /// What has not been read.
    package private(set) var buffer: ByteBuffer

    /// Makes a reader.
    package init(_ buffer: ByteBuffer) { self.buffer = buffer }

    /// Whether everything has been read.
    package var isAtEnd: Bool { self.buffer.readableBytes == 0 }

    /// Reads a number.
    package mutating func number() throws(LinkError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = UInt64(try self.byte())
            // Of the tenth byte one bit is left.
            guard shift < 63 || byte <= 1 else { throw LinkError.notUnderstood }
            number |= (byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        throw LinkError.notUnderstood
    }

    /// Reads a number that is at most so large.
    package mutating func count(atMost limit: Int) throws(LinkError) -> Int {
        let number = try self.number()
        guard number <= UInt64(limit) else { throw LinkError.notUnderstood }
        return Int(number)
    }

    /// Reads a number that may be below zero.
    package mutating func signed() throws(LinkError) -> Int64 {
        let number = try self.number()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    /// Reads eight bytes.
    package mutating func fixed() throws(LinkError) -> UInt64 {
        guard let number = self.buffer.readInteger(as: UInt64.self) else { throw LinkError.notUnderstood }
        return number
    }

    /// Reads a truth value.
    package mutating func bool() throws(LinkError) -> Bool {
        switch try self.byte() {
        case 0: false
        case 1: true
        default: throw LinkError.notUnderstood
        }
    }

    /// Reads a text of at most so many bytes.
    package mutating func text(atMost limit: Int) throws(LinkError) -> String {
        let count = try self.count(atMost: limit)
        guard count <= self.buffer.readableBytes else { throw LinkError.notUnderstood }
        let text = self.buffer.withUnsafeReadableBytes { bytes in
            String(validating: UnsafeRawBufferPointer(rebasing: bytes[..<count]), as: UTF8.self)
        }
        guard let text else { throw LinkError.notUnderstood }
        self.buffer.moveReaderIndex(forwardBy: count)
        return text
    }

    /// Reads so many bytes.
    package mutating func bytes(_ count: Int) throws(LinkError) -> [UInt8] {
        guard let bytes = self.buffer.readBytes(length: count) else { throw LinkError.notUnderstood }
        return bytes
    }

    /// Reads at most so many bytes, and how many there are.
    package mutating func part(atMost limit: Int) throws(LinkError) -> ByteBuffer {
        guard let part = self.buffer.readSlice(length: try self.count(atMost: limit)) else {
            throw LinkError.notUnderstood
        }
        return part
    }

    /// Reads a value if there is one.
    package mutating func optional<Value>(
        _ read: (inout LinkReader) throws(LinkError) -> Value
    ) throws(LinkError) -> Value? {
        try self.bool() ? try read(&self) : nil
    }

    /// Reads a list of at most so many values.
    package mutating func list<Value>(
        atMost limit: Int,
        _ read: (inout LinkReader) throws(LinkError) -> Value
    ) throws(LinkError) -> [Value] {
        let count = try self.count(atMost: limit)
        var values: [Value] = []
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }

    private mutating func byte() throws(LinkError) -> UInt8 {
        guard let byte = self.buffer.readInteger(as: UInt8.self) else { throw LinkError.notUnderstood }
        return byte
    }
}
