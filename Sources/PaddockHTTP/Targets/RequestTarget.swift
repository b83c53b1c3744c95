// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The parts of a request's target (RFC 9112 §3.2), as ranges over the head.
package struct RequestTarget: Equatable, Sendable {
    /// Host and port of an absolute target such as `http://host:80/path`.
    package private(set) var authority: ByteRange?
    /// The path, percent-encoded as it came.
    package private(set) var path: ByteRange
    /// What stands behind the first question mark.
    package private(set) var query: ByteRange?

    /// - Parameters:
    ///   - bytes: the head.
    ///   - target: the target.
    package init(_ bytes: Span<UInt8>, _ target: ByteRange) {
        var start = target.lowerBound
        let end = target.upperBound
        for scheme: StaticString in ["http://", "https://"] {
            let prefixEnd = start + scheme.utf8CodeUnitCount
            guard prefixEnd <= end, bytes.matches(ByteRange(start: start, end: prefixEnd), scheme) else { continue }
            var authorityEnd = prefixEnd
            while authorityEnd < end, bytes[authorityEnd] != UInt8(ascii: "/"), bytes[authorityEnd] != UInt8(ascii: "?")
            { authorityEnd += 1 }
            self.authority = ByteRange(start: prefixEnd, end: authorityEnd)
            start = authorityEnd
            break
        }
        var pathEnd = start
        while pathEnd < end, bytes[pathEnd] != UInt8(ascii: "?") { pathEnd += 1 }
        self.path = ByteRange(start: start, end: pathEnd)
        if pathEnd < end { self.query = ByteRange(start: pathEnd + 1, end: end) }
    }
}

/// A path with its percent-encoding undone once, for comparison with known routes.
package struct DecodedPath: Equatable, Sendable {
    /// The bytes of the path.
    package let bytes: [UInt8]

    /// - Returns: nil where a percent sign is not followed by two hexadecimal digits.
    package init?(_ head: Span<UInt8>, _ path: ByteRange) {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(Int(path.count))
        var index = path.lowerBound
        while index < path.upperBound {
            let byte = head[index]
            index += 1
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard index + 1 < path.upperBound, let high = head[index].hexValue, let low = head[index + 1].hexValue
            else { return nil }
            decoded.append(high << 4 | low)
            index += 2
        }
        self.bytes = decoded
    }

    /// The path as text; what is no UTF-8 becomes U+FFFD.
    package var text: String { String(decoding: self.bytes, as: UTF8.self) }
}
