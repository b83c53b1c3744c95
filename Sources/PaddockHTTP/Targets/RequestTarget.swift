// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The parts of a request's target (RFC 9112 §3.2), as ranges over the head.
///
/// A path that begins with a slash, `*` for `OPTIONS`, or `http://host/path` and `https://host/path`. Backends route
/// other forms by whatever path they find in them (Go takes `x:/api/chat` for `/api/chat`), so there is nothing else.
package struct RequestTarget: Equatable, Sendable {
    /// Host and port of an absolute target such as `http://host:80/path`; never empty.
    package private(set) var authority: ByteRange?
    /// The path, percent-encoded: it begins with a slash, or is `*`.
    package private(set) var path: ByteRange
    /// What follows the first question mark.
    package private(set) var query: ByteRange?
    /// Path and query: what a backend is sent.
    package private(set) var pathAndQuery: ByteRange
    /// Whether the path has one reading only: no escape, empty or dot segment, backslash or slash at its end.
    package private(set) var isPlain = true

    /// - Parameters:
    ///   - bytes: the head.
    ///   - target: the target.
    ///   - method: the method.
    /// - Throws: `HeadProblem.malformed`.
    package init(_ bytes: Span<UInt8>, _ target: ByteRange, method: ByteRange) throws(HeadProblem) {
        let end = target.upperBound
        var start = target.lowerBound
        self.path = target
        self.pathAndQuery = target
        if target.isEmpty || bytes[start] != UInt8(ascii: "/") {
            if target.count == 1, bytes[start] == UInt8(ascii: "*") {
                guard bytes.equals(method, "OPTIONS") else { throw Self.asteriskProblem }
                return
            }
            let authority = try Self.authority(bytes, target)
            self.authority = authority
            start = authority.upperBound
        }
        self.pathAndQuery = ByteRange(start: start, end: end)

        var index = bytes.endOfPlainSegments(start..<end)
        var previous = index > start ? bytes[index - 1] : 0
        while index < end {
            let byte = bytes[index]
            if byte == UInt8(ascii: "?") { break }
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "."):
                if previous == UInt8(ascii: "/") { self.isPlain = false }
            case UInt8(ascii: "%"):
                try Self.checkEscape(bytes, at: index, end)
                self.isPlain = false
            case UInt8(ascii: "\\"):
                self.isPlain = false
            case UInt8(ascii: "#"):
                throw Self.fragmentProblem
            default:
                break
            }
            previous = byte
            index += 1
        }
        if previous == UInt8(ascii: "/"), index - start > 1 { self.isPlain = false }
        self.path = ByteRange(start: start, end: index)
        if index < end {
            let query = ByteRange(start: index + 1, end: end)
            let text = bytes.extracting(query.lowerBound..<end)
            guard text.firstOffset(of: UInt8(ascii: "#"), from: 0) == text.count else { throw Self.fragmentProblem }
            self.query = query
        }
    }

    /// The host of an absolute target, after which the path begins.
    private static func authority(_ bytes: Span<UInt8>, _ target: ByteRange) throws(HeadProblem) -> ByteRange {
        let end = target.upperBound
        var start = 0
        for scheme: StaticString in ["http://", "https://"] {
            let prefixEnd = target.lowerBound + scheme.utf8CodeUnitCount
            guard prefixEnd <= end, bytes.matches(ByteRange(start: target.lowerBound, end: prefixEnd), scheme)
            else { continue }
            start = prefixEnd
        }
        guard start > 0 else { throw Self.formProblem }
        var index = start
        while index < end, bytes[index].isHostByte { index += 1 }
        guard index > start, index < end, bytes[index] == UInt8(ascii: "/") else { throw Self.hostProblem }
        return ByteRange(start: start, end: index)
    }

    private static func checkEscape(_ bytes: Span<UInt8>, at index: Int, _ end: Int) throws(HeadProblem) {
        guard index + 2 < end, let high = bytes[index + 1].hexValue, let low = bytes[index + 2].hexValue else {
            throw .malformed("a percent sign in the path is not followed by two hexadecimal digits: write %25 for it")
        }
        guard high | low != 0 else { throw .malformed("the path has a %00, which is not allowed") }
    }

    private static var formProblem: HeadProblem {
        .malformed("the target is neither a path that begins with / nor http://host/path nor https://host/path")
    }
    private static var hostProblem: HeadProblem {
        .malformed("the target's http:// is not followed by a host (a name or address, perhaps a port) and a path")
    }
    private static var asteriskProblem: HeadProblem {
        .malformed("only OPTIONS may have the target *")
    }
    private static var fragmentProblem: HeadProblem {
        .malformed("the target has a #: fragments are not sent, and in a path it is written %23")
    }
}

extension Span<UInt8> {
    /// The end of what is nothing but letters, digits and single slashes, as most paths are.
    fileprivate func endOfPlainSegments(_ range: Range<Int>) -> Int {
        precondition(range.upperBound <= self.count, "a range lies within its bytes")
        // By a pointer: each byte would be looked up with a check of its own.
        return self.withUnsafeBytes { bytes in
            var index = range.lowerBound
            var isBehindSlash = false
            while index < range.upperBound {
                let byte = bytes.load(fromByteOffset: index, as: UInt8.self)
                if byte > UInt8(ascii: "/"), byte != UInt8(ascii: "?"), byte != UInt8(ascii: "\\") {
                    isBehindSlash = false
                } else if byte == UInt8(ascii: "/"), !isBehindSlash {
                    isBehindSlash = true
                } else {
                    break
                }
                index &+= 1
            }
            return index
        }
    }
}

extension UInt8 {
    /// Whether it occurs in names, addresses (in brackets, too) and ports of hosts.
    fileprivate var isHostByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default:
            false
        }
    }
}
