// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The options of the `Connection` fields of a head (RFC 9110 §7.6.1).
///
/// The fields that they name are looked up among sorted names, so that a long list and many fields together cost no more than
/// reading the head does.
struct ConnectionOptions {
    /// The most options that the `Connection` fields of a head may list in all, `close` and `keep-alive` not counted.
    static let maxNames = 64
    /// The most bytes that the values of the `Connection` fields of a head may have in all.
    static let maxBytes = 4096

    /// Whether `close` is among them.
    private(set) var closes = false
    /// Whether `keep-alive` is among them.
    private(set) var keepsAlive = false
    /// The other options, in order: names of header fields.
    private(set) var names: [ByteRange] = []
    private var byteCount = 0

    /// Takes in the value of one `Connection` field.
    ///
    /// - Throws: `HeadProblem.malformed` if there are too many options, or too many bytes.
    mutating func add(_ bytes: Span<UInt8>, _ value: ByteRange) throws(HeadProblem) {
        // Lists of one of these are the usual case.
        if bytes.matches(value, "keep-alive") {
            self.keepsAlive = true
        } else if bytes.matches(value, "close") {
            self.closes = true
        } else {
            try self.addList(bytes, value)
        }
    }

    private mutating func addList(_ bytes: Span<UInt8>, _ value: ByteRange) throws(HeadProblem) {
        self.byteCount += Int(value.count)
        guard self.byteCount <= Self.maxBytes else {
            throw .malformed("the Connection fields have more than 4,096 bytes")
        }
        var start = value.lowerBound
        while start < value.upperBound {
            var end = start
            while end < value.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            let option = bytes.trimmed(ByteRange(start: start, end: end))
            start = end + 1
            if bytes.matches(option, "close") {
                self.closes = true
            } else if bytes.matches(option, "keep-alive") {
                self.keepsAlive = true
            } else if !option.isEmpty {
                guard self.names.count < Self.maxNames else {
                    throw .malformed("the Connection fields list more than 64 options")
                }
                self.names.append(option)
            }
        }
    }

    /// The names in the order that ``contains(_:in:_:)`` looks through.
    func sortedNames(_ bytes: Span<UInt8>) -> [ByteRange] {
        self.names.sorted { Self.order($0, $1, bytes) < 0 }
    }

    /// Whether a name is among sorted ones, without regard to case.
    static func contains(_ name: ByteRange, in sortedNames: [ByteRange], _ bytes: Span<UInt8>) -> Bool {
        var low = 0
        var high = sortedNames.count
        while low < high {
            let middle = (low + high) / 2
            let order = self.order(name, sortedNames[middle], bytes)
            if order == 0 { return true }
            if order < 0 { high = middle } else { low = middle + 1 }
        }
        return false
    }

    /// Below, at or above zero as one name comes before another, is equal to it or comes after it: by length, then by
    /// their bytes in lower case.
    private static func order(_ left: ByteRange, _ right: ByteRange, _ bytes: Span<UInt8>) -> Int {
        guard left.count == right.count else { return Int(left.count) - Int(right.count) }
        for offset in 0..<Int(left.count) {
            let difference =
                Int(bytes[left.lowerBound + offset].asciiLowercased)
                - Int(bytes[right.lowerBound + offset].asciiLowercased)
            if difference != 0 { return difference }
        }
        return 0
    }
}
