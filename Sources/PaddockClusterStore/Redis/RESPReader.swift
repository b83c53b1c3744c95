// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// Reads values of RESP as their bytes arrive.
package struct RESPReader: Sendable {
    /// The longest text that is taken, in bytes.
    package static let maxBytes = 1 << 20
    /// The most values that the lists of one reply have together.
    package static let maxElements = 10_000
    /// The most bytes that one reply has, with all that is in it.
    package static let maxReply = 8 << 20
    /// How deep lists may be in each other.
    package static let maxDepth = 8
    /// The longest line, in bytes.
    package static let maxLine = 64 << 10

    private enum ListKind { case array, map, dropped }
    private enum TextKind { case plain, error, verbatim }

    private struct List {
        let kind: ListKind
        var missing: Int
        var elements: [RESPValue] = []
    }

    private enum Part {
        case value(RESPValue)
        /// A list or a text has begun.
        case begun
    }

    /// The lists that are not complete, the outer ones first.
    private var lists: [List] = []
    /// How many values the lists of this reply have announced, and how many bytes it has so far.
    private var announced = 0
    private var taken = 0
    /// A text whose bytes have not all arrived.
    private var text: (kind: TextKind, length: Int)?
    /// How much of a line that is not complete was looked at.
    private var seen = 0

    /// Makes a reader at the beginning of a value.
    package init() {}

    /// The next value; nil until more bytes are there. What a server sends unasked (`>`) and attributes (`|`) are passed over.
    ///
    /// - Parameter buffer: what has arrived; what was read is taken out.
    /// - Throws: what is wrong. There is no going on after that.
    package mutating func next(from buffer: inout ByteBuffer) throws(RESPError) -> RESPValue? {
        while true {
            if self.lists.isEmpty, self.text == nil { (self.announced, self.taken) = (0, 0) }
            guard let part = try self.part(from: &buffer) else { return nil }
            guard case .value(var value) = part else { continue }
            var isWhole = true
            // The value may be the last one of several lists.
            while isWhole, var list = self.lists.popLast() {
                list.elements.append(value)
                list.missing -= 1
                if list.missing > 0 {
                    self.lists.append(list)
                    isWhole = false
                } else if let made = Self.value(of: list) {
                    value = made
                } else {
                    isWhole = false
                }
            }
            if isWhole { return value }
        }
    }

    private mutating func part(from buffer: inout ByteBuffer) throws(RESPError) -> Part? {
        if let text = self.text {
            guard buffer.readableBytes >= text.length + 2 else { return nil }
            let bytes = buffer.readBytes(length: text.length) ?? []
            guard buffer.readInteger(as: UInt16.self) == 0x0D0A else { throw RESPError("a text without its end") }
            self.text = nil
            return .value(try Self.value(of: text.kind, bytes))
        }
        guard let line = try self.line(from: &buffer) else { return nil }
        let rest = line.dropFirst()
        switch line.first {
        case UInt8(ascii: "+"): return .value(.text(Array(rest)))
        case UInt8(ascii: "-"): return .value(.error(String(decoding: rest, as: UTF8.self)))
        case UInt8(ascii: ":"): return .value(.integer(try Self.number(rest)))
        case UInt8(ascii: ","), UInt8(ascii: "("): return .value(.number(String(decoding: rest, as: UTF8.self)))
        case UInt8(ascii: "_"): return .value(.null)
        case UInt8(ascii: "#"): return .value(.bool(rest.first == UInt8(ascii: "t")))
        case UInt8(ascii: "$"): return try self.begin(.plain, rest)
        case UInt8(ascii: "!"): return try self.begin(.error, rest)
        case UInt8(ascii: "="): return try self.begin(.verbatim, rest)
        case UInt8(ascii: "*"), UInt8(ascii: "~"): return try self.begin(.array, rest, perEntry: 1)
        case UInt8(ascii: "%"): return try self.begin(.map, rest, perEntry: 2)
        case UInt8(ascii: ">"): return try self.begin(.dropped, rest, perEntry: 1)
        case UInt8(ascii: "|"): return try self.begin(.dropped, rest, perEntry: 2)
        default: throw RESPError("a value of an unknown kind")
        }
    }

    private mutating func line(from buffer: inout ByteBuffer) throws(RESPError) -> [UInt8]? {
        let view = buffer.readableBytesView
        guard let end = view.dropFirst(self.seen).firstIndex(of: UInt8(ascii: "\n")) else {
            guard view.count <= Self.maxLine else { throw RESPError("a line of more than \(Self.maxLine) bytes") }
            self.seen = view.count
            return nil
        }
        self.seen = 0
        let length = end - view.startIndex
        guard length <= Self.maxLine else { throw RESPError("a line of more than \(Self.maxLine) bytes") }
        try self.take(length + 1)
        let bytes = buffer.readBytes(length: length + 1) ?? []
        guard bytes.dropLast().last == UInt8(ascii: "\r") else { throw RESPError("a line without its end") }
        return Array(bytes.dropLast(2))
    }

    private mutating func begin(_ kind: TextKind, _ rest: ArraySlice<UInt8>) throws(RESPError) -> Part {
        let length = try Self.number(rest)
        if length == -1 { return .value(.null) }
        guard (0...Int64(Self.maxBytes)).contains(length) else {
            throw RESPError("a text of \(length) bytes; at most \(Self.maxBytes) are taken")
        }
        try self.take(Int(length) + 2)
        self.text = (kind, Int(length))
        return .begun
    }

    private mutating func take(_ bytes: Int) throws(RESPError) {
        self.taken += bytes
        guard self.taken <= Self.maxReply else { throw RESPError("a reply of more than \(Self.maxReply) bytes") }
    }

    private mutating func begin(
        _ kind: ListKind,
        _ rest: ArraySlice<UInt8>,
        perEntry: Int64
    ) throws(RESPError) -> Part {
        let count = try Self.number(rest)
        if count == -1 { return .value(.null) }
        guard (0...Int64(Self.maxElements)).contains(count) else { throw Self.tooMany }
        self.announced += Int(count * perEntry)
        guard self.announced <= Self.maxElements else { throw Self.tooMany }
        guard self.lists.count < Self.maxDepth else {
            throw RESPError("more than \(Self.maxDepth) lists in each other")
        }
        let list = List(kind: kind, missing: Int(count * perEntry))
        guard count == 0 else {
            self.lists.append(list)
            return .begun
        }
        return Self.value(of: list).map { .value($0) } ?? .begun
    }

    private static var tooMany: RESPError { RESPError("more than \(Self.maxElements) values in one reply") }

    /// Nil for a list that is passed over.
    private static func value(of list: List) -> RESPValue? {
        switch list.kind {
        case .array: .array(list.elements)
        case .map: .map(list.elements)
        case .dropped: nil
        }
    }

    private static func value(of kind: TextKind, _ bytes: [UInt8]) throws(RESPError) -> RESPValue {
        switch kind {
        case .plain: return .text(bytes)
        case .error: return .error(String(decoding: bytes, as: UTF8.self))
        case .verbatim:
            // A format of three letters and a colon come first.
            guard bytes.count >= 4 else { throw RESPError("a text without its format") }
            return .text(Array(bytes.dropFirst(4)))
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) throws(RESPError) -> Int64 {
        guard let number = Int64(String(decoding: digits, as: UTF8.self)) else {
            throw RESPError("a number that is none")
        }
        return number
    }
}
