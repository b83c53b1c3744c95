// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Where the store of a cluster is, as the configuration names it.
package struct StoreAddress: Hashable, Sendable {
    /// Which engine it is.
    package enum Engine: Hashable, Sendable {
        /// Redis 6 or later, or Valkey.
        case redis(database: Int, sentinel: String?)
        /// etcd 3.4 or later, by its JSON gateway.
        case etcd
    }

    /// A host and a port.
    package struct Host: Hashable, Sendable {
        /// A name or an address, without brackets.
        package let name: String
        /// 1 to 65535; 0 for any free one to listen on.
        package let port: Int

        /// Makes an address.
        package init(name: String, port: Int) { (self.name, self.port) = (name, port) }

        /// Reads `host:port` or `[host]:port`; nil if it is neither.
        package init?(_ text: String) {
            guard let hosts = try? StoreAddress.hosts(text[...], port: 0), hosts.count == 1 else { return nil }
            self = hosts[0]
        }
    }

    /// Which engine it is.
    package let engine: Engine
    /// Where it listens; of several the first that answers, or the sentinels that know where it is. At least one.
    package let hosts: [Host]
    /// The user; nil for the default one.
    package let user: String?
    /// The password; nil if none is needed.
    package let password: String?
    /// What the keys in the store begin with.
    package let prefix: String

    /// Reads an address such as `redis://user:password@10.0.0.5:6379/0`, `redis://a:26379,b:26379/0?sentinel=main` or
    /// `etcd://10.0.0.5:2379,10.0.0.6:2379`; `?prefix=` replaces `paddock`.
    ///
    /// - Throws: What is wrong with it, and what would be right. It quotes nothing, as a password with a character that is not encoded can be
    ///   anywhere.
    package init(_ text: String) throws(StoreAddressError) {
        guard let separator = text.firstRange(of: "://") else { throw StoreAddressError(Self.form) }
        let scheme = text[..<separator.lowerBound]
        var rest = text[separator.upperBound...]
        let query = Self.cut(&rest, after: "?")
        let path = Self.cut(&rest, after: "/")
        var credentials: Substring?
        if let at = rest.lastIndex(of: "@") {
            credentials = rest[..<at]
            rest = rest[rest.index(after: at)...]
        }
        var sentinel: String?
        var prefix = "paddock"
        for part in query?.split(separator: "&", omittingEmptySubsequences: false) ?? [] {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                Self.decoded($0)
            }
            guard pair.count == 2, let value = pair[1], !value.isEmpty else {
                throw StoreAddressError("after ? only prefix=NAME and sentinel=NAME can be set, with & between them")
            }
            switch pair[0] {
            case "prefix": prefix = value
            case "sentinel": sentinel = value
            default:
                throw StoreAddressError("after ? only prefix=NAME and sentinel=NAME can be set, with & between them")
            }
        }
        guard prefix.utf8.count <= 64,
            prefix.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "}") })
        else { throw StoreAddressError("a prefix is 1 to 64 printable ASCII characters without braces and spaces") }
        switch scheme {
        case "redis":
            var database = 0
            if let path, !path.isEmpty {
                guard let number = Int(path), (0...65_535).contains(number) else {
                    throw StoreAddressError(
                        "after the address comes the number of the database, 0 to 65535, such as /0"
                    )
                }
                database = number
            }
            self.engine = .redis(database: database, sentinel: sentinel)
            self.hosts = try Self.hosts(rest, port: sentinel == nil ? 6_379 : 26_379)
        case "etcd":
            guard path?.isEmpty ?? true, sentinel == nil else {
                throw StoreAddressError(
                    "etcd has neither databases nor sentinels: nothing but ?prefix= may follow its addresses"
                )
            }
            self.engine = .etcd
            self.hosts = try Self.hosts(rest, port: 2_379)
        case "rediss":
            throw StoreAddressError(
                "TLS to the store is not supported: use redis:// in a private network, or a tunnel such as stunnel"
            )
        default:
            throw StoreAddressError(Self.form)
        }
        let parts = credentials?.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map {
            Self.decoded($0)
        }
        guard let parts else {
            (self.user, self.password, self.prefix) = (nil, nil, prefix)
            return
        }
        guard parts.count == 2, let user = parts[0], let password = parts[1], !password.isEmpty else {
            throw StoreAddressError(
                "in front of @ come user:password, or :password for the default user; write @ : / ? in them as %40 %3A %2F %3F"
            )
        }
        (self.user, self.password, self.prefix) = (user.isEmpty ? nil : user, password, prefix)
    }

    private static let form = "it does not begin with redis:// or etcd://"

    private static func cut(_ text: inout Substring, after separator: Character) -> Substring? {
        guard let place = text.firstIndex(of: separator) else { return nil }
        defer { text = text[..<place] }
        return text[text.index(after: place)...]
    }

    fileprivate static func hosts(_ text: Substring, port: Int) throws(StoreAddressError) -> [Host] {
        var hosts: [Host] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            var name = part
            var number = port
            if part.hasPrefix("["), let end = part.firstIndex(of: "]") {
                name = part[part.index(after: part.startIndex)..<end]
                let tail = part[part.index(after: end)...]
                if !tail.isEmpty { number = tail.hasPrefix(":") ? Int(tail.dropFirst()) ?? 0 : 0 }
            } else if let colon = part.lastIndex(of: ":") {
                name = part[..<colon]
                number = Int(part[part.index(after: colon)...]) ?? 0
            }
            guard !name.isEmpty, !name.hasPrefix("["), name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                (1...65_535).contains(number)
            else {
                throw StoreAddressError(
                    "number \(hosts.count + 1) of its addresses is no HOST:PORT with a port of 1 to 65535"
                )
            }
            hosts.append(Host(name: String(name), port: number))
        }
        guard hosts.count <= 16 else { throw StoreAddressError("at most 16 addresses, not \(hosts.count)") }
        return hosts
    }

    /// Decodes percent-encoding; nil if it is wrong.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Self.digit), let low = rest.popFirst().flatMap(Self.digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension StoreAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address without the password, such as `redis://ann@10.0.0.5:6379/0`. What is not said in it is the default.
    package var description: String {
        let user = self.user.map { "\(Self.encoded($0))@" } ?? ""
        let hosts = self.hosts.map(\.description).joined(separator: ",")
        var query = self.prefix == "paddock" ? [] : ["prefix=\(Self.encoded(self.prefix))"]
        guard case .redis(let database, let sentinel) = self.engine else {
            return "etcd://\(user)\(hosts)" + (query.isEmpty ? "" : "?\(query[0])")
        }
        if let sentinel { query.insert("sentinel=\(Self.encoded(sentinel))", at: 0) }
        return "redis://\(user)\(hosts)/\(database)" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }

    /// The same.
    package var debugDescription: String { self.description }

    /// A mirror without children, so that `dump` does not show the password.
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Encodes everything but letters, digits and `-._~`.
    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII,
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "-._~".unicodeScalars.contains(scalar)
            {
                result.unicodeScalars.append(scalar)
            } else {
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}

extension StoreAddress.Host: CustomStringConvertible {
    /// `host:port`, with brackets around an IPv6 address.
    package var description: String {
        self.name.contains(":") ? "[\(self.name)]:\(self.port)" : "\(self.name):\(self.port)"
    }
}

/// What is wrong with the address of a store.
package struct StoreAddressError: Error, Hashable, Sendable {
    /// The text.
    package let text: String

    init(_ text: String) { self.text = text }
}
