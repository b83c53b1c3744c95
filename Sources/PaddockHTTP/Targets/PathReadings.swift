// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What servers may take a path for that is not plain: without dot segments, empty segments and slashes at the end.
///
/// Servers, and proxies before them, do not agree on the order of decoding and tidying up: nginx decodes and then removes
/// dot segments, Envoy and HAProxy remove them first. Both orders are read, and the second followed by the first, as in a chain.
/// A backslash is a slash to URL parsers of the WHATWG's kind, and a character like others to the rest; what follows a doubled
/// slash at the start is a host to some.
package struct PathReadings {
    /// The readings; each begins with a slash.
    package let all: [[UInt8]]

    /// - Parameters:
    ///   - head: the head.
    ///   - path: the path, percent-encoded.
    package init(_ head: Span<UInt8>, _ path: ByteRange) {
        var readings: [[UInt8]] = []
        var start = path.lowerBound
        while true {
            let range = ByteRange(start: start, end: path.upperBound)
            let decoded = DecodedPath(head, range).bytes
            readings += Self.readings(head, range, decoded, backslashSeparates: true)
            // To most servers it is a character like others, so that what it separates is one segment.
            if decoded.contains(UInt8(ascii: "\\")) {
                readings += Self.readings(head, range, decoded, backslashSeparates: false)
            }
            guard start == path.lowerBound, let pathBehindHost = Self.pathBehindHost(head, path) else { break }
            start = pathBehindHost
        }
        self.all = readings
    }

    private static func readings(
        _ head: Span<UInt8>,
        _ path: ByteRange,
        _ decoded: [UInt8],
        backslashSeparates: Bool
    ) -> [[UInt8]] {
        func tidied(_ path: [UInt8]) -> [UInt8] {
            let range = ByteRange(start: 0, end: path.count)
            return self.withoutDotSegments(path.span, range, isDecoded: true, backslashSeparates)
        }
        let decodedBehindTidying = self.withoutDotSegments(head, path, isDecoded: false, backslashSeparates)
        return [tidied(decoded), tidied(decodedBehindTidying)]
    }

    /// Where the path begins if `//host/path` names a host.
    private static func pathBehindHost(_ head: Span<UInt8>, _ path: ByteRange) -> Int? {
        guard path.count > 2, head[path.lowerBound + 1].isPathSeparator else { return nil }
        var index = path.lowerBound + 2
        while index < path.upperBound, !head[index].isPathSeparator { index += 1 }
        return index < path.upperBound ? index : nil
    }

    /// The path without dot segments and empty segments; decoded afterwards if it is not yet.
    private static func withoutDotSegments(
        _ bytes: Span<UInt8>,
        _ path: ByteRange,
        isDecoded: Bool,
        _ backslashSeparates: Bool
    ) -> [UInt8] {
        let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
        let other = backslashSeparates ? UInt8(ascii: "\\") : slash
        var result: [UInt8] = []
        result.reserveCapacity(Int(path.count) + 1)
        var starts: [Int] = []
        var index = path.lowerBound
        while index < path.upperBound {
            if bytes[index] == slash || bytes[index] == other {
                index += 1
                continue
            }
            let start = result.count
            result.append(slash)
            while index < path.upperBound, bytes[index] != slash, bytes[index] != other {
                if isDecoded {
                    result.append(bytes[index])
                    index += 1
                } else {
                    result.append(bytes.decodedByte(at: &index, before: path.upperBound))
                }
            }
            let length = result.count - start - 1
            let isDots = result[start + 1] == dot && result[result.count - 1] == dot
            if isDots, length <= 2 {
                result.removeLast(result.count - (length == 2 ? starts.popLast() ?? start : start))
            } else {
                starts.append(start)
            }
        }
        if result.isEmpty { result.append(slash) }
        return result
    }
}

extension UInt8 {
    fileprivate var isPathSeparator: Bool { self == UInt8(ascii: "/") || self == UInt8(ascii: "\\") }
}
