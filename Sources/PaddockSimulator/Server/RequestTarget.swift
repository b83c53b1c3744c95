// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A request's target, taken apart.
struct RequestTarget: Equatable, Sendable {
    /// Percent-decoded.
    let path: String
    /// As it came, without the question mark.
    let query: String

    /// - Parameter target: `/path?query`, or the same behind a scheme and a host.
    init(_ target: String) {
        var rest = Substring(target)
        if let scheme = ["http://", "https://"].first(where: { rest.hasPrefix($0) }) {
            rest = rest.dropFirst(scheme.count)
            rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
        }
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.path = Self.decoded(parts.first ?? "", plusIsBlank: false)
        self.query = parts.count > 1 ? String(parts[1]) : ""
    }

    /// The one path component behind a prefix; `nil` for other paths, and where there is none or more than one.
    func lastComponent(after prefix: String) -> String? {
        guard self.path.hasPrefix(prefix) else { return nil }
        let rest = self.path.dropFirst(prefix.count)
        return rest.isEmpty || rest.contains("/") ? nil : String(rest)
    }

    /// The first value of a query parameter.
    func parameter(_ name: String) -> String? {
        for pair in self.query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard Self.decoded(parts[0], plusIsBlank: true) == name else { continue }
            return parts.count > 1 ? Self.decoded(parts[1], plusIsBlank: true) : ""
        }
        return nil
    }

    private static func decoded(_ text: Substring, plusIsBlank: Bool) -> String {
        if !text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16), rest.count >= 2 {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
