// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// Where a server is: the host and port of a plain `http://` address.
package struct ServerURL: Hashable, CustomStringConvertible {
    /// An IP address (IPv6 without brackets) or a host name.
    package let host: String
    /// The TCP port, 1 to 65535.
    package let port: Int

    /// What is wrong with a text that is no such address, and what would be right.
    package struct Problem: Error, Equatable {
        /// Both, for a message.
        package let text: String
    }

    /// What a request's `Host` field says.
    package var authority: String {
        let host = self.host.contains(":") ? "[\(self.host)]" : self.host
        return self.port == 80 ? host : "\(host):\(self.port)"
    }

    package var description: String { "http://\(self.authority)" }

    /// Makes an address.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `http://host` or `http://host:port`, with or without a slash at the end.
    package init(_ text: String) throws(Problem) {
        let shown = "\"\(text.escapedForTerminal.cut(to: 80))\""
        let lowercased = text.lowercased()
        if lowercased.hasPrefix("https://") {
            throw Problem(text: "\(shown) asks for TLS, which this command does not support: give an http:// address")
        }
        guard lowercased.hasPrefix("http://") else {
            throw Problem(text: "\(shown) is not an address: give one such as http://127.0.0.1:8080")
        }
        var authority = text.dropFirst("http://".count)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        guard !authority.contains(where: { "/?#@".contains($0) }) else {
            throw Problem(text: "\(shown) has more than a host and a port: give one such as http://127.0.0.1:8080")
        }
        guard let (host, port) = Self.split(authority), Self.isHost(host) else {
            throw Problem(text: "\(shown) has no valid host: give one such as http://127.0.0.1:8080")
        }
        // Not every text that is a number is a port: `+80`.
        let number = port.map { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(UInt16($0) ?? 0) : 0 } ?? 80
        guard number > 0 else {
            throw Problem(text: "\(shown) has no valid port: give one from 1 to 65535, as in http://127.0.0.1:8080")
        }
        self.init(host: String(host), port: number)
    }

    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?)? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let host = authority[authority.index(after: authority.startIndex)..<end]
            let rest = authority[authority.index(after: end)...]
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
            return (host, rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (parts[0], parts.count == 2 ? parts[1] : nil)
    }

    private static func isHost(_ host: Substring) -> Bool {
        !host.isEmpty && host.utf8.count <= 253
            && host.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-._:%".contains($0)) }
    }
}
