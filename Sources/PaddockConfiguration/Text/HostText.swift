// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem

/// IP addresses and host names as text.
enum HostText {
    /// Reads an address to listen on; errors name the part that is not allowed.
    static func parse(_ text: String) throws(InvalidValue) -> String {
        if let host = Self.canonical(text) {
            return host
        }
        if text.isEmpty {
            throw InvalidValue("it is empty")
        }
        if text == "*" {
            throw InvalidValue("\"*\" is not an address", wanted: "0.0.0.0 for all of IPv4 or :: for all addresses")
        }
        if text.contains("://") {
            throw InvalidValue("\(text.shown) contains a scheme")
        }
        if text.hasPrefix("["), text.hasSuffix("]"), let host = Self.canonical(String(text.dropFirst().dropLast())),
            host.contains(":")
        {
            return host
        }
        let beforePort = text.lastIndex(of: ":").map { text[..<$0] } ?? ""
        if !beforePort.isEmpty, Self.canonical(String(beforePort)) != nil || beforePort.hasSuffix("]") {
            throw InvalidValue(
                "\(text.shown) contains a port",
                wanted: "the address here, and the port as port"
            )
        }
        throw InvalidValue("\(text.shown) is neither an IP address nor a host name")
    }

    /// The one spelling of an IP address (without brackets) or host name, or `nil` if the text is neither.
    static func canonical(_ text: String) -> String? {
        if text.contains(":") {
            return Self.canonicalIPv6(text)
        }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        // A name whose last label is a number is taken for an IPv4 address by every resolver, so it must be one.
        if let last = labels.last(where: { !$0.isEmpty }), IntegerText.areDigits(last) {
            return labels.count == 4 && labels.allSatisfy(Self.isOctet) ? text : nil
        }
        return Self.isName(labels) && text.utf8.count <= 253 ? text.lowercased() : nil
    }

    private static func isOctet(_ text: Substring) -> Bool {
        (try? IntegerText.parse(String(text), in: 0...255)) != nil && !text.hasPrefix("-")
    }

    private static func isName(_ labels: [Substring]) -> Bool {
        // A dot at the end marks a name as complete.
        let labels = labels.last?.isEmpty == true ? labels.dropLast() : labels[...]
        return !labels.isEmpty
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            }
    }

    /// The names of interfaces: letters, digits and what separates them, such as `eth0.100`.
    private static func isZoneCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-._~".contains(character))
    }

    /// Whether a canonical address is valid on one link only, and so needs an interface (RFC 4291 §2.5.6).
    static func isLinkLocal(_ canonical: String) -> Bool {
        let group = canonical.prefix { $0 != ":" }
        return canonical.contains(":") && group.count == 4 && ["fe8", "fe9", "fea", "feb"].contains(group.prefix(3))
    }

    private static func canonicalIPv6(_ text: String) -> String? {
        // A link-local address needs its interface: fe80::1%eth0.
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        let zone = parts.count == 2 ? parts[1] : nil
        if let zone, zone.isEmpty || !zone.allSatisfy(Self.isZoneCharacter) { return nil }
        // Checked first, because the C function stops at a null character.
        guard parts[0].allSatisfy({ $0.isHexDigit && $0.isASCII || $0 == ":" || $0 == "." }) else { return nil }
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(parts[0]), &address) == 1 else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count)) != nil else { return nil }
        let canonical = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return canonical + (zone.map { "%\($0)" } ?? "")
    }
}
