// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// A path with its percent-encoding undone once, for comparison with known routes.
package struct DecodedPath: Equatable, Sendable {
    /// The bytes of the path.
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - head: the head.
    ///   - path: the path, whose escapes are whole as `RequestTarget` makes sure; others stay as they are.
    package init(_ head: Span<UInt8>, _ path: ByteRange) {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(Int(path.count))
        var index = path.lowerBound
        while index < path.upperBound { decoded.append(head.decodedByte(at: &index, before: path.upperBound)) }
        self.bytes = decoded
    }

    /// The path as text; invalid UTF-8 becomes U+FFFD.
    package var text: String { String(decoding: self.bytes, as: UTF8.self) }
}

extension Span<UInt8> {
    /// The byte at an index, escaped or not. The index moves past it.
    func decodedByte(at index: inout Int, before end: Int) -> UInt8 {
        let byte = self[index]
        index += 1
        guard byte == UInt8(ascii: "%"), index + 1 < end, let high = self[index].hexValue,
            let low = self[index + 1].hexValue
        else { return byte }
        index += 2
        return high << 4 | low
    }
}
