// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A media type or a disposition with its parameters: the value of `Content-Type` or `Content-Disposition`.
///
/// It is read as Go's `mime.ParseMediaType` reads it, with two differences that refuse more: outside quotes there are
/// only bytes of ASCII, and extended parameters such as `filename*` (RFC 2231) are kept and never decoded. Form data has
/// no use for them (RFC 7578 §4.2).
struct MediaType {
    /// The most parameters that are read: what a form has in them is a name, a file's name and a boundary.
    static let maxParameters = 32

    /// The type in lower case, such as `multipart/form-data`.
    let type: [UInt8]

    /// The names are in lower case.
    private var parameters: [(name: [UInt8], value: [UInt8])] = []

    /// - Returns: nil when the value breaks the grammar, has a parameter twice with different values, or too many of them.
    init?(_ value: [UInt8]) {
        var reader = Reader(bytes: value)
        reader.skipBlanks()
        var type = reader.token()
        guard !type.isEmpty else { return nil }
        if reader.skip(UInt8(ascii: "/")) {
            let subtype = reader.token()
            guard !subtype.isEmpty else { return nil }
            type += [UInt8(ascii: "/")] + subtype
        }
        self.type = type.map(\.asciiLowercased)
        reader.skipBlanks()
        while !reader.isAtEnd {
            guard reader.skip(UInt8(ascii: ";")) else { return nil }
            reader.skipBlanks()
            // A semicolon at the very end is not an error.
            if reader.isAtEnd { break }
            let name = reader.token().map(\.asciiLowercased)
            guard !name.isEmpty else { return nil }
            reader.skipBlanks()
            guard reader.skip(UInt8(ascii: "=")) else { return nil }
            reader.skipBlanks()
            guard let value = reader.tokenOrQuotedString() else { return nil }
            reader.skipBlanks()
            if let earlier = self.parameters.first(where: { $0.name == name }) {
                guard earlier.value == value else { return nil }
            } else {
                guard self.parameters.count < Self.maxParameters else { return nil }
                self.parameters.append((name, value))
            }
        }
    }

    /// The value of a plain parameter, without its quotes, or nil; the name is in lower case.
    func parameter(_ name: String) -> [UInt8]? {
        self.parameters.first { $0.name.elementsEqual(name.utf8) }?.value
    }

    /// Whether a parameter has an extended form, such as `name*` or `name*0*`; the name is in lower case.
    func hasExtended(_ name: String) -> Bool {
        self.parameters.contains { $0.name.starts(with: name.utf8) && $0.name.dropFirst(name.utf8.count).first == 0x2A }
    }
}

extension MediaType {
    /// Takes the parts of a value from its front.
    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        var isAtEnd: Bool { self.index == self.bytes.count }

        private var next: UInt8? { self.isAtEnd ? nil : self.bytes[self.index] }

        mutating func skip(_ byte: UInt8) -> Bool {
            guard self.next == byte else { return false }
            self.index += 1
            return true
        }

        mutating func skipBlanks() {
            while let byte = self.next, byte == .space || byte == .tab { self.index += 1 }
        }

        /// A token, empty when there is none.
        mutating func token() -> [UInt8] {
            var token: [UInt8] = []
            while let byte = self.next, MediaType.isTokenByte(byte) {
                token.append(byte)
                self.index += 1
            }
            return token
        }

        mutating func tokenOrQuotedString() -> [UInt8]? {
            guard self.skip(UInt8(ascii: "\"")) else {
                let token = self.token()
                return token.isEmpty ? nil : token
            }
            var text: [UInt8] = []
            while let byte = self.next {
                self.index += 1
                switch byte {
                case UInt8(ascii: "\""): return text
                case UInt8(ascii: "\\"):
                    // A backslash that escapes nothing is one: old browsers send whole Windows paths.
                    if let escaped = self.next, MediaType.isSpecial(escaped) {
                        self.index += 1
                        text.append(escaped)
                    } else {
                        text.append(byte)
                    }
                default: text.append(byte)
                }
            }
            return nil
        }
    }

    /// Whether a byte may be in a token (RFC 2045 §5.1).
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        byte > .space && byte < 0x7F && !Self.isSpecial(byte)
    }

    /// Whether a byte may be in quotes only (`tspecials` of RFC 2045 §5.1).
    private static func isSpecial(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "@"),
            UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"), UInt8(ascii: "\\"), UInt8(ascii: "\""),
            UInt8(ascii: "/"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "?"), UInt8(ascii: "="):
            true
        default:
            false
        }
    }
}
