// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockHTTP

/// Which `Host` a request may name when Paddock listens on a loopback address, or when it counts that its client is on this
/// machine (contract section 7).
///
/// As in Ollama, against DNS rebinding: a page whose name an attacker points at 127.0.0.1 carries that name here.
package struct HostRule: Sendable {
    private static let suffixes = [".localhost", ".local", ".internal"]

    private let machineName: String

    /// - Parameter machineName: the name of this machine.
    package init(machineName: String) { self.machineName = machineName.lowercased() }

    /// The allowed names, as part of a sentence.
    package var wanted: String {
        let name = self.machineName.isEmpty ? "" : "\(self.machineName), "
        return "localhost, \(name)an IP address, or a name that ends in .localhost, .local or .internal"
    }

    /// Whether a `Host` value, with or without a port, is allowed.
    package func allows(_ host: Span<UInt8>) -> Bool {
        var bytes: [UInt8] = []
        for index in host.indices { bytes.append(host[index].asciiLowercased) }
        // Beyond ASCII there are letters that Unicode takes for others.
        guard bytes.allSatisfy({ $0 < 0x80 }) else { return false }
        // The port may be empty (RFC 3986 §3.2.3).
        let digits = bytes.reversed().prefix { $0 &- UInt8(ascii: "0") < 10 }.count
        if bytes.dropLast(digits).last == UInt8(ascii: ":") { bytes.removeLast(digits + 1) }
        let name = String(decoding: bytes, as: UTF8.self)
        if name.hasPrefix("["), name.hasSuffix("]") {
            let address = name.dropFirst().dropLast()
            return address.contains(":") && IPAddress(address) != nil
        }
        return host.count == 0 || (!name.contains(":") && IPAddress(name) != nil) || self.allowsName(name)
    }

    private func allowsName(_ name: String) -> Bool {
        let name = name.hasSuffix(".") ? String(name.dropLast()) : name
        return name == "localhost" || (name == self.machineName && !name.isEmpty)
            || Self.suffixes.contains { name.count > $0.count && name.hasSuffix($0) }
    }
}
