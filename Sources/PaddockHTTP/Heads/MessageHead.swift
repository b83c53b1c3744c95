// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The head of a request or a reply, as ranges over the bytes it was read from.
///
/// Nothing is copied: names, values and the start line are forwarded unchanged. One value serves every message of
/// a connection, so that its list of fields is allocated once; it cannot be copied, as a hidden copy costs 150 instructions.
package struct MessageHead: ~Copyable, Sendable {
    /// The most header fields a head may have.
    package static let maxFields = 1000

    /// A request's method; empty for a reply.
    package private(set) var method = ByteRange.empty
    /// A request's target; empty for a reply.
    package private(set) var target = ByteRange.empty
    /// A reply's status code; 0 for a request.
    package private(set) var status = 0
    /// A reply's status code and reason phrase, unchanged; empty for a request.
    package private(set) var statusText = ByteRange.empty
    /// The minor version: 0 or 1.
    package private(set) var minorVersion = 1
    /// The header fields in order of arrival.
    package private(set) var fields: [FieldLine] = []
    /// The kinds that occur among the fields, so that a missing one is not searched for.
    package private(set) var kinds = FieldKindSet()
    /// The kinds that occur more than once.
    package private(set) var repeatedKinds = FieldKindSet()
    /// Whether the sender means to keep the connection after this message (RFC 9112 §9.3).
    package private(set) var keepsConnection = true

    package init() {}

    /// Reads a request's head.
    ///
    /// - Parameters:
    ///   - bytes: the message.
    ///   - length: the length of the head, as `HeadScanner` found it.
    /// - Throws: `HeadProblem` if the bytes break the grammar of RFC 9112.
    package mutating func readRequest(_ bytes: Span<UInt8>, length: Int) throws(HeadProblem) {
        var index = 0
        while bytes[index] == .carriageReturn, bytes[index + 1] == .lineFeed { index += 2 }

        let methodStart = index
        while bytes[index].isTokenByte { index += 1 }
        guard index > methodStart, bytes[index] == .space else {
            throw .malformed("the request line does not begin with a method and one space")
        }
        self.method = ByteRange(start: methodStart, end: index)

        index += 1
        let targetStart = index
        while bytes[index] > .space, bytes[index] != 0x7F { index += 1 }
        guard index > targetStart, bytes[index] == .space else {
            throw .malformed("the request line has no target followed by one space")
        }
        self.target = ByteRange(start: targetStart, end: index)

        index += 1
        self.minorVersion = try Self.readVersion(bytes, &index, length)
        try Self.readLineBreak(bytes, &index)
        self.status = 0
        self.statusText = .empty
        try self.readFields(bytes, from: index, length: length)
    }

    /// Reads a reply's head.
    ///
    /// - Parameters: as `readRequest`.
    /// - Throws: `HeadProblem` if the bytes break the grammar of RFC 9112.
    package mutating func readReply(_ bytes: Span<UInt8>, length: Int) throws(HeadProblem) {
        var index = 0
        self.minorVersion = try Self.readVersion(bytes, &index, length)
        guard bytes[index] == .space, length >= index + 6 else { throw .malformed("the status line has no status") }
        index += 1
        let statusStart = index
        var status = 0
        for _ in 0..<3 {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { throw .malformed("the status is not three digits") }
            status = status * 10 + Int(digit)
            index += 1
        }
        guard status >= 100, bytes[index] == .space || bytes[index] == .carriageReturn else {
            throw .malformed("the status is not three digits")
        }
        while bytes[index].isFieldValueByte { index += 1 }
        self.status = status
        self.statusText = ByteRange(start: statusStart, end: index)
        self.method = .empty
        self.target = .empty
        try Self.readLineBreak(bytes, &index)
        try self.readFields(bytes, from: index, length: length)
    }

    // MARK: - The usual head, in one pass

    /// How many fields a head may have that is read in one pass; clients send some ten.
    private static let maxUsualFields = 32

    /// Reads a request's head in one pass, if it has arrived as a whole and has nothing unusual in it.
    ///
    /// - Parameter bytes: what has been received.
    /// - Returns: its length; nil if more has to be known: `HeadScanner` and `readRequest` decide then.
    package mutating func readUsualRequest(_ bytes: Span<UInt8>) -> Int? {
        bytes.withUnsafeBytes { bytes in
            var cursor = HeadCursor(bytes)
            let method = cursor.skipToken()
            guard method > 0, cursor.skip(" ") else { return nil }
            let targetStart = cursor.index
            cursor.skipTarget()
            let targetEnd = cursor.index
            guard targetEnd > targetStart, cursor.skip(" HTTP/1.1\r\n") else { return nil }
            guard self.readUsualFields(&cursor), cursor.index <= HeadScanner.maxHeadBytes else { return nil }
            self.method = ByteRange(start: 0, end: method)
            self.target = ByteRange(start: targetStart, end: targetEnd)
            self.status = 0
            self.statusText = .empty
            return cursor.index
        }
    }

    /// Reads a reply's head in one pass, if it has arrived as a whole and has nothing unusual in it.
    ///
    /// - Parameter bytes: what has been received.
    /// - Returns: its length; nil if more has to be known: `HeadScanner` and `readReply` decide then.
    package mutating func readUsualReply(_ bytes: Span<UInt8>) -> Int? {
        bytes.withUnsafeBytes { bytes in
            var cursor = HeadCursor(bytes)
            guard cursor.skip("HTTP/1.1 ") else { return nil }
            let statusStart = cursor.index
            guard let status = cursor.skipStatus(), status >= 100 else { return nil }
            cursor.skipFieldValue()
            let statusEnd = cursor.index
            guard cursor.skipLineBreak(), self.readUsualFields(&cursor), cursor.index <= HeadScanner.maxHeadBytes else {
                return nil
            }
            self.status = status
            self.statusText = ByteRange(start: statusStart, end: statusEnd)
            self.method = .empty
            self.target = .empty
            return cursor.index
        }
    }

    private mutating func readUsualFields(_ cursor: inout HeadCursor) -> Bool {
        withUnsafeTemporaryAllocation(of: FieldLine.self, capacity: Self.maxUsualFields) { lines in
            var count = 0
            var kinds = FieldKindSet()
            var repeated = FieldKindSet()
            var keepsConnection = true
            while !cursor.skipLineBreak() {
                let nameStart = cursor.index
                guard count < Self.maxUsualFields, let nameEnd = cursor.skipPastColon(), nameEnd > nameStart else {
                    return false
                }
                let name = ByteRange(start: nameStart, end: nameEnd)
                let kind = cursor.kind(name)
                guard kind != .other || cursor.isToken(name) else { return false }
                cursor.skipBlanks()
                let valueStart = cursor.index
                cursor.skipFieldValue()
                let valueEnd = cursor.endOfTrimmed(from: valueStart)
                guard cursor.skipLineBreak() else { return false }
                let value = ByteRange(start: valueStart, end: valueEnd)
                if kind == .connection {
                    // Anything else names fields, or several things.
                    if cursor.spells(value, "close") {
                        keepsConnection = false
                    } else if !cursor.spells(value, "keep-alive") {
                        return false
                    }
                }
                if kinds.contains(kind) { repeated.insert(kind) }
                kinds.insert(kind)
                lines.initializeElement(
                    at: count,
                    to: FieldLine(
                        name: name,
                        value: value,
                        lineEnd: UInt32(truncatingIfNeeded: cursor.index),
                        kind: kind,
                        isHopByHop: kind.isHopByHop
                    )
                )
                count += 1
            }
            self.setFields(UnsafeBufferPointer(rebasing: lines[..<count]))
            self.kinds = kinds
            self.repeatedKinds = repeated
            self.minorVersion = 1
            self.keepsConnection = keepsConnection
            return true
        }
    }

    /// Writes over the fields of the head before: most heads of a connection have as many, and to remove and append costs twice as much.
    private mutating func setFields(_ fields: UnsafeBufferPointer<FieldLine>) {
        if self.fields.count > fields.count { self.fields.removeLast(self.fields.count - fields.count) }
        let kept = self.fields.count
        self.fields.withUnsafeMutableBufferPointer { target in
            guard let source = fields.baseAddress else { return }
            target.baseAddress?.update(from: source, count: kept)
        }
        for index in kept..<fields.count { self.fields.append(fields[index]) }
    }

    /// The first field of a kind.
    package func first(_ kind: FieldKind) -> FieldLine? {
        guard self.kinds.contains(kind) else { return nil }
        for field in self.fields where field.kind == kind { return field }
        return nil
    }

    // Every loop below stops at the line feed that ends the head at the latest, so none looks at the bounds itself.

    private static func readVersion(
        _ bytes: Span<UInt8>,
        _ index: inout Int,
        _ length: Int
    ) throws(HeadProblem) -> Int {
        guard length >= index + 10, bytes.matches(ByteRange(start: index, end: index + 7), "http/1."),
            bytes[index] == UInt8(ascii: "H"), bytes[index + 1] == UInt8(ascii: "T"),
            bytes[index + 2] == UInt8(ascii: "T"), bytes[index + 3] == UInt8(ascii: "P")
        else { throw .malformed("the version is neither HTTP/1.1 nor HTTP/1.0") }
        let minor = bytes[index + 7] &- UInt8(ascii: "0")
        guard minor < 2 else { throw .malformed("the version is neither HTTP/1.1 nor HTTP/1.0") }
        index += 8
        return Int(minor)
    }

    private static func readLineBreak(_ bytes: Span<UInt8>, _ index: inout Int) throws(HeadProblem) {
        guard bytes[index] == .carriageReturn, bytes[index + 1] == .lineFeed else {
            throw .malformed("a line does not end with carriage return and line feed, or has a control character")
        }
        index += 2
    }

    private mutating func readFields(_ bytes: Span<UInt8>, from start: Int, length: Int) throws(HeadProblem) {
        self.fields.removeAll(keepingCapacity: true)
        self.kinds = FieldKindSet()
        self.repeatedKinds = FieldKindSet()
        // Only of a head whose `Connection` names more than the usual two words it ever holds anything.
        var connection = ConnectionOptions()
        let end = length - 2
        guard bytes[end] == .carriageReturn else {
            throw .malformed("a line does not end with carriage return and line feed, or has a control character")
        }
        var index = start
        while index < end {
            guard self.fields.count < Self.maxFields else { throw .tooLarge }
            let nameStart = index
            while bytes[index].isTokenByte { index += 1 }
            guard index > nameStart, bytes[index] == .colon else {
                let folded = bytes[nameStart] == .space || bytes[nameStart] == .tab
                throw folded
                    ? .malformed("a header field is folded over several lines")
                    : .malformed("a header field is not a name directly followed by a colon")
            }
            let name = ByteRange(start: nameStart, end: index)
            index += 1
            while bytes[index] == .space || bytes[index] == .tab { index += 1 }
            let valueStart = index
            index = bytes.endOfFieldValue(from: index)
            var valueEnd = index
            while valueEnd > valueStart, bytes[valueEnd - 1] == .space || bytes[valueEnd - 1] == .tab { valueEnd -= 1 }
            try Self.readLineBreak(bytes, &index)
            let kind = FieldKind(bytes, name)
            if self.kinds.contains(kind) { self.repeatedKinds.insert(kind) }
            self.kinds.insert(kind)
            let value = ByteRange(start: valueStart, end: valueEnd)
            if kind == .connection { try connection.add(bytes, value) }
            self.fields.append(
                FieldLine(
                    name: name,
                    value: value,
                    lineEnd: UInt32(truncatingIfNeeded: index),
                    kind: kind,
                    isHopByHop: kind.isHopByHop
                )
            )
        }
        self.keepsConnection = !connection.closes && (self.minorVersion == 1 || connection.keepsAlive)
        if !connection.names.isEmpty { self.markFields(namedBy: connection, bytes) }
    }

    private mutating func markFields(namedBy connection: ConnectionOptions, _ bytes: Span<UInt8>) {
        let names = connection.sortedNames(bytes)
        for index in self.fields.indices {
            let field = self.fields[index]
            // Dropping the length because a client asks for it would change where the message ends.
            guard !field.isHopByHop, field.kind != .contentLength, field.kind != .host else { continue }
            self.fields[index].isHopByHop = ConnectionOptions.contains(field.name, in: names, bytes)
        }
    }
}
