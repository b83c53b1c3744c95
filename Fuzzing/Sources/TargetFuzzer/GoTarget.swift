// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A slow reading of a target under the rules of Go's `net/url` and `net/http`, written from their documentation.
enum GoTarget {
    /// The path that a handler of Go sees; nil where the server answers 400 or there is none.
    static func path(of target: [UInt8]) -> [UInt8]? {
        var rest = target
        var hasScheme = false
        if let colon = target.firstIndex(of: 0x3A), self.isScheme(target[..<colon]) {
            hasScheme = true
            rest = Array(target[(colon + 1)...])
        } else if target.first == 0x3A {
            return nil
        }
        if let mark = rest.firstIndex(of: 0x3F) { rest = Array(rest[..<mark]) }
        guard rest.first == 0x2F else { return nil }
        if hasScheme, rest.starts(with: [0x2F, 0x2F]) {
            let authority = rest.dropFirst(2)
            rest = authority.firstIndex(of: 0x2F).map { Array(authority[$0...]) } ?? []
        }
        return self.unescaped(rest)
    }

    /// What a client that follows redirects ends up with: the path, without a slash at its end, and the clean one.
    static func spellings(_ path: [UInt8]) -> [[UInt8]] {
        var spellings = [path, self.clean(path)]
        for path in spellings where path.count > 1 && path.last == 0x2F { spellings.append(path.dropLast()) }
        return spellings
    }

    private static func isScheme(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, self.isLetter(first) else { return false }
        return text.allSatisfy { self.isLetter($0) || 0x30...0x39 ~= $0 || [0x2B, 0x2D, 0x2E].contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { 0x41...0x5A ~= byte || 0x61...0x7A ~= byte }

    private static func unescaped(_ text: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == 0x25 else {
                result.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            result.append(value)
            rest = rest.dropFirst(2)
        }
        return result
    }

    /// `path.Clean`, with the slash at the end that `net/http` keeps.
    private static func clean(_ path: [UInt8]) -> [UInt8] {
        var segments: [ArraySlice<UInt8>] = []
        for segment in path.split(separator: 0x2F) {
            if segment == [0x2E, 0x2E] {
                _ = segments.popLast()
            } else if segment != [0x2E] {
                segments.append(segment)
            }
        }
        let clean = segments.flatMap { [0x2F] + $0 }
        return clean.isEmpty ? [0x2F] : clean + (path.last == 0x2F ? [0x2F] : [])
    }
}
