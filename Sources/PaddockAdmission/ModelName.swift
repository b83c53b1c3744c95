// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The name of a model in the one form under which Paddock knows it: `llama2`, `qwen3:8b`, `hf.co/user/model:q4_k_m`.
///
/// `llama2`, `LLAMA2:latest`, `library/llama2` and `https://registry.ollama.ai/library/llama2` are one model to Ollama, so
/// they share one queue. `llama2:cloud` and `gpt-oss:120b-cloud` run elsewhere and stay models of their own. Normalising a
/// normalised name changes nothing. Rules: contract, section 3.
package struct ModelName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The normalised name, never empty.
    package let description: String

    /// Normalises a name as a client, a config file or an operator wrote it.
    ///
    /// Costs no allocation where the name is plain already.
    ///
    /// - Parameter raw: The name as written. Its length is for the caller to bound.
    /// - Returns: `nil` where nothing is left, as of `" "` or `":latest"`.
    package init?(_ raw: String) {
        if Self.isPlain(raw) {
            self.description = raw
        } else {
            let normalised = Self.normalise(raw)
            guard !normalised.isEmpty else { return nil }
            self.description = normalised
        }
    }

    /// Whether one name comes before another in the order of their Unicode scalars.
    package static func < (left: ModelName, right: ModelName) -> Bool {
        left.description < right.description
    }

    private static let host = "registry.ollama.ai/"
    private static let namespace = "library/"
    private static let droppedTags = [":local", ":latest"]

    /// Whether `raw` is printable ASCII without capitals, and has nothing that ``normalise(_:)`` might drop.
    private static func isPlain(_ raw: String) -> Bool {
        var hasSlash = false
        var hasColon = false
        for byte in raw.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): return false
            case UInt8(ascii: "/"): hasSlash = true
            case UInt8(ascii: ":"): hasColon = true
            case 0x21...0x7E: break
            default: return false
            }
        }
        if hasSlash && hasColon && raw.utf8.contains("://".utf8) { return false }
        if hasSlash && raw.utf8.starts(with: Self.host.utf8) { return false }
        if hasSlash && raw.utf8.starts(with: Self.namespace.utf8) { return false }
        if hasColon && Self.droppedTags.contains(where: { raw.hasSuffix($0) }) { return false }
        return !raw.isEmpty
    }

    /// Works on scalars, not on characters: a combining mark after a `/` must not hide the `/`.
    private static func normalise(_ raw: String) -> String {
        var name = raw.lowercased().unicodeScalars[...]
        var length: Int
        repeat {
            // Until nothing changes any more, so that the shown name of a model always means that same model.
            length = name.count
            name = name.drop(while: \.properties.isWhitespace)
            while let last = name.last, last.properties.isWhitespace { name.removeLast() }
            name.dropScheme()
            name.dropPrefix(Self.host)
            // A namespace is what stands before the last slash; before that it would be some other host.
            if name.lastIndex(of: "/") == name.firstIndex(of: "/") { name.dropPrefix(Self.namespace) }
            for tag in Self.droppedTags { name.dropSuffix(tag) }
        } while name.count != length
        return String(name)
    }
}

extension Substring.UnicodeScalarView {
    fileprivate mutating func dropPrefix(_ prefix: String) {
        if self.starts(with: prefix.unicodeScalars) { self.removeFirst(prefix.unicodeScalars.count) }
    }

    fileprivate mutating func dropSuffix(_ suffix: String) {
        if self.reversed().starts(with: suffix.unicodeScalars.reversed()) { self.removeLast(suffix.unicodeScalars.count) }
    }

    /// Drops a scheme and its `://`: Ollama ignores which one it is.
    fileprivate mutating func dropScheme() {
        let rest = self.drop { ("a"..."z").contains($0) || ("0"..."9").contains($0) || "+-.".unicodeScalars.contains($0) }
        if rest.startIndex != self.startIndex, rest.starts(with: "://".unicodeScalars) { self = rest.dropFirst(3) }
    }
}
