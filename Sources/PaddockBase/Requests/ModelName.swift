// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The name of a model in the one form under which Paddock knows it: `llama2`, `qwen3:8b`, `hf.co/user/model:q4_k_m`.
///
/// `llama2`, `LLAMA2:latest`, `library/llama2` and `https://registry.ollama.ai/library/llama2` are one model to Ollama, so
/// they share one queue. `llama2:cloud` and `gpt-oss:120b-cloud` run elsewhere and stay models of their own. Normalising a
/// normalised name changes nothing. Rules: contract, section 3.
@usableFromInline
package struct ModelName: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The normalised name, never empty.
    @usableFromInline package let description: String

    /// Normalises a name as a client, a config file or an operator wrote it.
    ///
    /// The result is `nil` if nothing is left, as of `" "` or `":latest"`. Costs no allocation where the name is plain
    /// already.
    ///
    /// - Parameter raw: The name as written. Its length is for the caller to bound.
    package init?(_ raw: String) {
        if Self.isPlain(raw) {
            self.description = raw
        } else if let name = Self.withoutUsualTag(raw), Self.isPlain(name) {
            // Many clients write the tag that Ollama adds; this is a tenth of the work of the rest.
            self.description = name
        } else {
            let normalised = Self.normalise(raw)
            guard !normalised.isEmpty else { return nil }
            self.description = normalised
        }
    }

    /// Whether the model runs in Ollama's cloud, whatever machine is asked: its tag is `cloud`, or ends in `-cloud`.
    package var isRemote: Bool {
        self.description.hasSuffix(":cloud") || self.description.hasSuffix("-cloud")
    }

    /// Whether two names are of the same model.
    @inlinable
    package static func == (left: ModelName, right: ModelName) -> Bool { left.description == right.description }

    @inlinable
    package func hash(into hasher: inout Hasher) { hasher.combine(self.description) }

    /// Whether one name comes before another in the order of their Unicode scalars.
    @inlinable
    package static func < (left: ModelName, right: ModelName) -> Bool {
        left.description < right.description
    }

    private static let scheme = Array("://".utf8)
    private static let host = Array("registry.ollama.ai/".utf8)
    private static let namespace = Array("library/".utf8)
    private static let usualTag = Array(":latest".utf8)
    private static let droppedTags = [Array(":local".utf8), usualTag]

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
        if hasSlash && hasColon && raw.utf8.contains(Self.scheme) { return false }
        if hasSlash && raw.utf8.starts(with: Self.host) { return false }
        if hasSlash && raw.utf8.starts(with: Self.namespace) { return false }
        if hasColon && Self.droppedTags.contains(where: { raw.utf8.suffix($0.count).elementsEqual($0) }) {
            return false
        }
        return !raw.isEmpty
    }

    private static func withoutUsualTag(_ raw: String) -> String? {
        guard raw.utf8.suffix(Self.usualTag.count).elementsEqual(Self.usualTag) else { return nil }
        return String(Substring(raw.utf8.dropLast(Self.usualTag.count)))
    }

    /// Works on bytes, not on characters: a combining mark after a `/` must not hide the `/`.
    private static func normalise(_ raw: String) -> String {
        var name = Array(raw.lowercased().utf8)[...]
        var length: Int
        repeat {
            // Until nothing changes any more, so that the shown name of a model always means that same model.
            length = name.count
            name.trimWhiteSpace()
            name.dropScheme(Self.scheme)
            name.dropPrefix(Self.host)
            // With two slashes it would be a host that is called like the namespace.
            if name.firstIndex(of: UInt8(ascii: "/")) == name.lastIndex(of: UInt8(ascii: "/")) {
                name.dropPrefix(Self.namespace)
            }
            for tag in Self.droppedTags { name.dropSuffix(tag) }
        } while name.count != length
        return String(decoding: name, as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func trimWhiteSpace() {
        // Four bytes hold the scalar at the end that is looked at; what is cut off at the other end does not matter.
        while let first = String(decoding: self.prefix(4), as: UTF8.self).unicodeScalars.first, first.isWhiteSpace {
            self.removeFirst(first.utf8.count)
        }
        while let last = String(decoding: self.suffix(4), as: UTF8.self).unicodeScalars.last, last.isWhiteSpace {
            self.removeLast(last.utf8.count)
        }
    }

    /// Drops a scheme and what separates it from the host: Ollama ignores which one it is.
    fileprivate mutating func dropScheme(_ separator: [UInt8]) {
        let rest = self.drop { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): return true
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): return true
            default: return false
            }
        }
        if rest.count < self.count, rest.starts(with: separator) { self = rest.dropFirst(separator.count) }
    }

    fileprivate mutating func dropPrefix(_ prefix: [UInt8]) {
        if self.starts(with: prefix) { self.removeFirst(prefix.count) }
    }

    fileprivate mutating func dropSuffix(_ suffix: [UInt8]) {
        if self.suffix(suffix.count).elementsEqual(suffix) { self.removeLast(suffix.count) }
    }
}

extension Unicode.Scalar {
    fileprivate var isWhiteSpace: Bool {
        // The table of Unicode properties is slow, and nearly all names are ASCII.
        self.isASCII ? self == " " || ("\t"..."\r").contains(self) : self.properties.isWhitespace
    }
}
