// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockHTTP

/// The method and the path of a request, each cut if it is too long. The query is left out: it may contain secrets.
///
/// A usual one is held in place, so that a record costs no second allocation.
package struct RequestLine: Equatable, Sendable {
    /// The most bytes of a method that are kept.
    package static let maxMethodBytes = 32
    /// The most bytes of a path that are kept.
    package static let maxPathBytes = 512

    private static let inlineBytes = 48

    private var inline: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    /// How many bytes the line has in place, and how many of all belong to the method.
    private var inlineCount: UInt8 = 0
    private var methodCount: UInt8 = 0
    /// The whole line, if it does not fit in place.
    private var long: [UInt8]?

    /// The line of a request whose head could not be read.
    package init() {}

    /// - Parameters:
    ///   - bytes: The head.
    ///   - method: Where its method is.
    ///   - path: Where its path is.
    package init(_ bytes: Span<UInt8>, method: ByteRange, path: ByteRange) {
        self.set(bytes, method: method, path: path)
    }

    /// Becomes that of another request, in place: a new one would be copied there.
    ///
    /// - Parameters:
    ///   - bytes: The head.
    ///   - method: Where its method is.
    ///   - path: Where its path is.
    mutating func set(_ bytes: Span<UInt8>, method: ByteRange, path: ByteRange) {
        let (methodEnd, pathEnd) = (
            min(method.upperBound, method.lowerBound + Self.maxMethodBytes),
            min(path.upperBound, path.lowerBound + Self.maxPathBytes)
        )
        let count = methodEnd - method.lowerBound + 1 + pathEnd - path.lowerBound
        let method = bytes.extracting(method.lowerBound..<methodEnd)
        let path = bytes.extracting(path.lowerBound..<pathEnd)
        self.methodCount = UInt8(truncatingIfNeeded: method.count)
        if self.long != nil { self.long = nil }
        guard count <= Self.inlineBytes else {
            var line: [UInt8] = []
            line.reserveCapacity(count)
            method.withUnsafeBufferPointer { line.append(contentsOf: $0) }
            line.append(.space)
            path.withUnsafeBufferPointer { line.append(contentsOf: $0) }
            self.long = line
            return
        }
        self.inlineCount = UInt8(truncatingIfNeeded: count)
        withUnsafeMutableBytes(of: &self.inline) { target in
            method.withUnsafeBytes { target.copyMemory(from: $0) }
            target[method.count] = .space
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[(method.count + 1)...])
            path.withUnsafeBytes { rest.copyMemory(from: $0) }
        }
    }

    /// Gives the bytes of the method and of the path; both are empty if the head could not be read.
    package func withParts(_ body: (_ method: UnsafeRawBufferPointer, _ path: UnsafeRawBufferPointer) -> Void) {
        self.withBytes { line in
            let end = Int(self.methodCount)
            body(
                UnsafeRawBufferPointer(rebasing: line[..<end]),
                UnsafeRawBufferPointer(rebasing: line[min(end + 1, line.count)...])
            )
        }
    }

    /// Whether it is this very line.
    package func equals(_ text: StaticString) -> Bool {
        self.withBytes { line in text.withUTF8Buffer { line.elementsEqual($0) } }
    }

    /// What is behind a beginning; nil if it does not begin so.
    func rest(behind beginning: [UInt8]) -> String? {
        self.withBytes { line in
            guard line.starts(with: beginning) else { return nil }
            return String(decoding: line.dropFirst(beginning.count), as: UTF8.self)
        }
    }

    private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        if let long = self.long { return long.withUnsafeBytes(body) }
        return withUnsafeBytes(of: self.inline) { body(UnsafeRawBufferPointer(rebasing: $0[..<Int(self.inlineCount)])) }
    }

    package static func == (left: RequestLine, right: RequestLine) -> Bool {
        // What is behind the end in place may differ though the lines are the same, which takes the other comparison.
        if left.long == nil, right.long == nil, left.inlineCount == right.inlineCount, left.inline == right.inline {
            return true
        }
        return left.withBytes { left in right.withBytes { left.elementsEqual($0) } }
    }
}

extension RequestLine: ExpressibleByStringLiteral {
    /// A line of a method, a blank and a path.
    package init(stringLiteral text: String) {
        let bytes = Array(text.utf8)
        let end = bytes.firstIndex(of: .space) ?? bytes.count
        let path = ByteRange(start: min(end + 1, bytes.count), end: bytes.count)
        self.init(bytes.span, method: ByteRange(start: 0, end: end), path: path)
    }
}
