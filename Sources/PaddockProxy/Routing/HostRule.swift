// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// Which `Host` a request may name when Paddock listens on a loopback address, or when it counts that its client is on this
/// machine (contract section 7).
///
/// As in Ollama, against DNS rebinding: a page whose name an attacker points at 127.0.0.1 carries that name here.
package struct HostRule: Sendable {
    private let machineName: String

    /// - Parameter machineName: the name of this machine.
    package init(machineName: String) { self.machineName = machineName.lowercased() }

    /// Which names are allowed, to follow a verb.
    package var wanted: String {
        let name = self.machineName.isEmpty ? "" : "\(self.machineName), "
        return "localhost, \(name)an IP address, or a name that ends in .localhost, .local or .internal"
    }

    /// Whether a `Host` value, with or without a port, is allowed.
    package func allows(_ host: Span<UInt8>) -> Bool {
        var end = host.count
        if end == 0 { return true }
        if host[0] == UInt8(ascii: "[") { return Self.isBracketedAddress(host) }
        var index = end
        while index > 0 {
            index -= 1
            if host[index] == UInt8(ascii: ":") {
                end = index
                break
            }
            guard host[index] &- UInt8(ascii: "0") < 10 else { break }
        }
        if Self.isIPv4(host, end) { return true }
        return self.allowsName(host, end)
    }

    private func allowsName(_ host: Span<UInt8>, _ end: Int) -> Bool {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end)
        for index in 0..<end { bytes.append(host[index].asciiLowercased) }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        let name = String(decoding: bytes, as: UTF8.self)
        return name == "localhost" || name == self.machineName
            || [".localhost", ".local", ".internal"].contains { name.count > $0.count && name.hasSuffix($0) }
    }

    private static func isIPv4(_ host: Span<UInt8>, _ end: Int) -> Bool {
        var parts = 0
        var digits = 0
        var value = 0
        for index in 0..<end {
            let byte = host[index]
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                digits += 1
                value = value * 10 + Int(digit)
                if digits > 3 || value > 255 { return false }
            } else {
                if byte != UInt8(ascii: ".") || digits == 0 { return false }
                parts += 1
                digits = 0
                value = 0
            }
        }
        return parts == 3 && digits > 0
    }

    /// Whether it is `[`, the characters of an IPv6 address, `]`, and a port or nothing.
    private static func isBracketedAddress(_ host: Span<UInt8>) -> Bool {
        var index = 1
        var colons = 0
        while index < host.count, host[index] != UInt8(ascii: "]") {
            let byte = host[index]
            if byte == UInt8(ascii: ":") {
                colons += 1
            } else if byte.hexValue == nil, byte != UInt8(ascii: ".") {
                return false
            }
            index += 1
        }
        guard colons >= 2, index < host.count else { return false }
        index += 1
        guard index < host.count else { return true }
        guard host[index] == UInt8(ascii: ":") else { return false }
        for rest in (index + 1)..<host.count where host[rest] &- UInt8(ascii: "0") >= 10 { return false }
        return true
    }
}
