// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Writes JSON into bytes, value by value and without blanks. Commas come by themselves.
///
/// ```swift
/// var json = JSONWriter()
/// json.object { json in
///     json.member("status", "healthy")
///     json.array("backends") { json in
///         for backend in backends { json.value(backend) }
///     }
/// }
/// ```
package struct JSONWriter {
    /// What has been written so far.
    package private(set) var bytes: [UInt8]
    /// Whether a value precedes in the same object or array.
    private var isCommaDue = false

    /// - Parameter capacity: about how many bytes there will be. Defaults to 0: not known.
    package init(capacity: Int = 0) {
        self.bytes = []
        self.bytes.reserveCapacity(capacity)
    }

    // MARK: - Values

    /// Writes a value.
    package mutating func value(_ value: some JSONWritable) { value.write(to: &self) }

    /// Writes `null`.
    package mutating func null() { self.verbatim("null".utf8) }

    /// Writes a string in quotation marks, escaped.
    package mutating func string(_ text: String) {
        self.beginValue()
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.appendJSON(contentOf: text)
        self.bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a value whose text is JSON already.
    package mutating func verbatim(_ text: some Collection<UInt8>) {
        self.beginValue()
        self.bytes.append(contentsOf: text)
    }

    /// Writes an object.
    ///
    /// - Parameter members: writes its members.
    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        self.container(UInt8(ascii: "{"), UInt8(ascii: "}"), members)
    }

    /// Writes an array.
    ///
    /// - Parameter elements: writes its elements.
    package mutating func array(_ elements: (inout JSONWriter) -> Void) {
        self.container(UInt8(ascii: "["), UInt8(ascii: "]"), elements)
    }

    // MARK: - Members of an object

    /// Writes a member.
    ///
    /// - Parameters:
    ///   - name: its name, of characters that need no escape.
    ///   - value: its value.
    package mutating func member(_ name: StaticString, _ value: some JSONWritable) {
        self.name(name)
        self.value(value)
    }

    /// Writes a member whose name may have any characters.
    package mutating func member(named name: String, _ value: some JSONWritable) {
        self.string(name)
        self.bytes.append(UInt8(ascii: ":"))
        self.isCommaDue = false
        value.write(to: &self)
    }

    /// Writes a member that is an object.
    package mutating func object(_ name: StaticString, _ members: (inout JSONWriter) -> Void) {
        self.name(name)
        self.object(members)
    }

    /// Writes a member that is an array.
    package mutating func array(_ name: StaticString, _ elements: (inout JSONWriter) -> Void) {
        self.name(name)
        self.array(elements)
    }

    // MARK: - In pieces

    /// Writes bytes of a text that is put together outside, with no comma in front of them or of what follows.
    mutating func piece(_ bytes: some Collection<UInt8>) {
        self.bytes.append(contentsOf: bytes)
        self.isCommaDue = false
    }

    private mutating func beginValue() {
        if self.isCommaDue { self.bytes.append(UInt8(ascii: ",")) }
        self.isCommaDue = true
    }

    private mutating func name(_ name: StaticString) {
        self.beginValue()
        self.bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { self.bytes.append(contentsOf: $0) }
        self.bytes.append(UInt8(ascii: "\""))
        self.bytes.append(UInt8(ascii: ":"))
        self.isCommaDue = false
    }

    private mutating func container(_ open: UInt8, _ close: UInt8, _ content: (inout JSONWriter) -> Void) {
        self.beginValue()
        self.bytes.append(open)
        self.isCommaDue = false
        content(&self)
        self.bytes.append(close)
        self.isCommaDue = true
    }
}
