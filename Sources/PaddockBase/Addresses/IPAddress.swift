// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An IP address, of either version; one of IPv4 that is written as one of IPv6 is the same address.
package struct IPAddress: Hashable, Sendable {
    /// The number of bits of an address: all are kept as IPv6 has them.
    static let bitCount = 128
    /// The first bits of an IPv4 address among those of IPv6 (RFC 4291 §2.5.5.2): as many as stand before its own 32.
    static let mappedBitCount = 96

    let bits: UInt128

    /// Whether it is an address of IPv4.
    package var isIPv4: Bool { self.bits >> 32 == 0xFFFF }

    /// Whether only programs of the same machine can have it: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool { self.bits >> 24 == 0xFF_FF7F || self.bits == 1 }

    private init(bits: UInt128) { self.bits = bits }

    /// Reads an address, such as `10.0.0.7` or `2001:db8::7`.
    ///
    /// The result is `nil` for anything else, brackets, ports and zones included.
    ///
    /// - Parameter text: The text.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45 else { return nil }
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let bits = Self.readIPv6(text) else { return nil }
            self.init(bits: bits)
        } else {
            guard let bits = Self.readIPv4(text) else { return nil }
            self.init(bits: 0xFFFF << 32 | UInt128(bits))
        }
    }

    /// Four decimal numbers without leading zeros, which some read as octal.
    private static func readIPv4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard 1...3 ~= part.count, part.count == 1 || part.first != UInt8(ascii: "0") else { return nil }
            var value: UInt32 = 0
            for byte in part {
                let digit = byte &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value * 10 + UInt32(digit)
            }
            guard value < 256 else { return nil }
            bits = bits << 8 | value
        }
        return bits
    }

    private static func readIPv6(_ text: some StringProtocol) -> UInt128? {
        var text = String(text)
        var groups: [UInt16] = []
        if let dot = text.firstIndex(of: "."), let colon = text[..<dot].lastIndex(of: ":") {
            // The last two groups may be written as an IPv4 address.
            guard let last = Self.readIPv4(text[text.index(after: colon)...]) else { return nil }
            text = text[...colon] + String(last >> 16, radix: 16) + ":" + String(last & 0xFFFF, radix: 16)
        }
        var gap: Int?
        var rest = text[...]
        if rest.hasPrefix("::") {
            gap = 0
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != ":" }
            guard 1...4 ~= digits.utf8.count, digits.utf8.allSatisfy({ $0.hexValue != nil }),
                let group = UInt16(digits, radix: 16), groups.count < 8
            else { return nil }
            groups.append(group)
            rest = rest[digits.endIndex...]
            if rest.hasPrefix("::") {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst(2)
            } else if rest.first == ":" {
                rest = rest.dropFirst()
                guard !rest.isEmpty else { return nil }
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return groups.reduce(0) { $0 << 16 | UInt128($1) }
    }
}
