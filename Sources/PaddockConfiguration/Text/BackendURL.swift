// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The address of a backend: the host and port of a plain `http://` URL.
///
/// Two spellings of one address (`http://HOST`, `http://host:80/`) are equal.
package struct BackendURL: Hashable, Sendable {
    /// An IP address (IPv6 without brackets, a link-local one with `%` and its interface) or a host name, in lower case.
    package let host: String

    /// The TCP port, 1 to 65535.
    package let port: Int

    /// Makes an address of its parts.
    ///
    /// - Parameters:
    ///   - host: An IP address without brackets or a host name, in lower case.
    ///   - port: The TCP port.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Where Ollama listens unless told otherwise.
    package static let ollama = BackendURL(host: "127.0.0.1", port: 11434)

    /// As written in the URL, with the port unless it is 80.
    package var authority: String {
        let host = self.host.replacing("%", with: "%25")
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return self.port == 80 ? bracketed : "\(bracketed):\(self.port)"
    }
}

extension BackendURL: CustomStringConvertible {
    /// The address as `http://host:port`, always with the port, without a slash at the end.
    package var description: String {
        self.port == 80 ? "http://\(self.authority):80" : "http://\(self.authority)"
    }
}

extension BackendURL {
    /// Reads `http://host`, `http://host:port` and the same with one slash at the end.
    static func parse(_ text: String) throws(InvalidValue) -> BackendURL {
        let (scheme, rest) = Self.splitScheme(text)
        // The text in front of an `@` may be a password, so a message shows stars.
        let shown = Self.withoutUserInformation(text).shown
        switch scheme?.lowercased() {
        case "http":
            break
        case "https":
            throw InvalidValue(
                "\(shown) asks for TLS, which Paddock does not support to backends",
                wanted: "an http:// address, through a tunnel or a local TLS proxy if the network is not trusted"
            )
        case .some:
            throw InvalidValue("\(shown) is not an http:// address")
        case nil:
            guard let backend = try? Self.parse("http://" + text) else {
                throw InvalidValue("\(shown) is not an http:// address")
            }
            throw InvalidValue("\(shown) has no scheme", wanted: "\(backend)")
        }
        if rest.contains("@") {
            throw InvalidValue("\(shown) contains a user name or password", wanted: Self.wanted)
        }
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        if !["", "/"].contains(rest[end...]) {
            throw InvalidValue("\(shown) contains a path or a query", wanted: Self.wanted)
        }
        guard let (hostText, portText) = Self.splitPort(rest[..<end]),
            let host = HostText.canonical(Self.withPlainZone(hostText))
        else {
            throw InvalidValue("\(shown) has no valid host", wanted: Self.wanted)
        }
        guard HostText.isLinkLocal(host) == host.contains("%") else {
            throw host.contains("%")
                ? InvalidValue("\(shown) has an interface, which only link-local addresses have", wanted: Self.wanted)
                : InvalidValue(
                    "\(shown) has a link-local address without its interface",
                    wanted: "the interface behind it, as in http://[fe80::1%25eth0]:11434"
                )
        }
        guard let portText else { return BackendURL(host: host, port: 80) }
        guard let port = try? IntegerText.parse(String(portText), in: 1...65535) else {
            throw InvalidValue("\(shown) has no valid port", wanted: "a port from 1 to 65535 after the host")
        }
        return BackendURL(host: host, port: port)
    }

    static let wanted = "only scheme, host and port, such as http://127.0.0.1:11434"

    /// In a URL the percent sign in front of a zone is `%25` (RFC 6874 §2); many write it plain.
    private static func withPlainZone(_ host: String) -> String {
        guard let percent = host.firstIndex(of: "%") else { return host }
        let zone = host[percent...].dropFirst()
        return zone.hasPrefix("25") && zone.count > 2 ? String(host[...percent] + zone.dropFirst(2)) : host
    }

    private static func splitScheme(_ text: String) -> (scheme: Substring?, rest: Substring) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return (nil, text[...]) }
        return (text[..<colon], text[colon...].dropFirst(3))
    }

    private static func withoutUserInformation(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        let (scheme, _) = Self.splitScheme(text)
        return (scheme.map { "\($0)://" } ?? "") + "***" + text[at...]
    }

    private static func splitPort(_ text: Substring) -> (host: String, port: Substring?)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
            return (String(host), rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count == 2 ? parts[1] : nil)
    }
}
