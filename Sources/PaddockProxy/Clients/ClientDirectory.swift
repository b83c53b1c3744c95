// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase
internal import PaddockHTTP
internal import PaddockSystem
internal import Synchronization

/// Tells whose request it is, from its head and its peer (contract section 10).
///
/// Pure: what is believed is what an operator configured, all else is the peer's address.
package struct ClientDirectory: Sendable {
    /// A client with a key.
    package struct Declared: Sendable {
        /// Who it is.
        let client: Client
        /// The best class that its requests can have. Defaults to interactive.
        package var ceiling = RequestClass.interactive
        /// Whether there are limits to what it may use. Defaults to false.
        package var hasQuota = false
        /// Until when the key is good, in seconds since 1970. Defaults to nil: always.
        package var validUntil: Int64?

        /// - Parameter client: who it is.
        package init(client: Client) { self.client = client }

        /// Whose request it is that carries the key.
        var identity: Identity {
            Identity(client: self.client, ceiling: self.ceiling, isDeclared: true, hasQuota: self.hasQuota)
        }

        /// Whether the key is still good.
        var isValid: Bool {
            guard let end = self.validUntil else { return true }
            return WallClock.nanosecondsSince1970() / 1_000_000_000 < end
        }
    }

    /// The key that came last on a connection: a client sends the same one again and again, and a hash costs more than all else about a
    /// head.
    struct LastKey {
        /// A longer one is not remembered.
        private static let maxBytes = 128

        /// What is remembered; nil until a key has come. In a place of its own, as most connections have no key.
        private var known: Known?

        private final class Known {
            let text: [UInt8]
            let declared: Declared?
            /// The number of the directory that was asked.
            let directory: Int

            init(_ key: Span<UInt8>, _ declared: Declared?, in directory: Keys) {
                self.text = key.withUnsafeBufferPointer(Array.init)
                self.declared = declared
                self.directory = directory.number
            }

            /// Compared whole, so that the time tells nothing of where another key differs.
            func isText(_ key: Span<UInt8>) -> Bool {
                guard key.count == self.text.count else { return false }
                var difference: UInt8 = 0
                for index in self.text.indices { difference |= self.text[index] ^ key[index] }
                return difference == 0
            }
        }

        /// Whose key it is.
        ///
        /// - Parameters:
        ///   - key: the key as it was sent.
        ///   - directory: the clients of now.
        mutating func declared(_ key: Span<UInt8>, in directory: Keys) -> Declared? {
            if let known = self.known, known.directory == directory.number, known.isText(key) {
                return known.declared
            }
            let declared = directory.declared[KeyHash(of: key)]
            if key.count <= Self.maxBytes { self.known = Known(key, declared, in: directory) }
            return declared
        }
    }

    /// The clients by the hashes of their keys. An object, so that a copy of the directory costs nothing.
    ///
    /// The time of a look-up tells of hashes at most, and nobody can choose a key by its hash.
    final class Keys: Sendable {
        private static let made = Atomic(0)

        let declared: [KeyHash: Declared]
        /// The same by their names, each with the key that is good the longest.
        let named: [String: Declared]
        /// Its number, by which it is known again. Its address would not do: another one may get that after its end.
        let number = Keys.made.wrappingAdd(1, ordering: .relaxed).newValue

        init(_ declared: [(KeyHash, Declared)]) {
            self.declared = Dictionary(declared) { first, _ in first }
            self.named = Dictionary(declared.map { ($1.client.name, $1) }) { first, second in
                (first.validUntil ?? .max) < (second.validUntil ?? .max) ? second : first
            }
        }
    }

    /// Whose request it is.
    struct Identity: Equatable {
        var client: Client
        /// The best class that the request can have.
        var ceiling = RequestClass.interactive
        /// Whether it was recognised by a declared key.
        var isDeclared = false
        /// Whether there are limits to what the client may use.
        var hasQuota = false
    }

    private static let maxIdentityBytes = 128
    /// The longest key that can be declared (contract section 10); what is longer is none.
    private static let maxKeyBytes = 1024
    /// The most fields with a key that are checked.
    private static let maxKeyFields = 8
    /// The most values of identity headers that are checked.
    private static let maxIdentityFields = 16
    /// The most hops of a forwarded address that are read, from its end.
    private static let maxHops = 64
    /// The longest hop; an address takes 47 bytes with its brackets, the other parts of an element of `Forwarded` some more.
    private static let maxHopBytes = 256

    private let keys: Keys
    private let trustedProxies: [AddressBlock]
    private let identityHeaders: [[UInt8]]
    private let usesForwarded: Bool
    /// Whether a queued route asks for the key of a declared client.
    let requiresKey: Bool

    /// - Parameters:
    ///   - declared: the clients by the hashes of their keys; of several with one hash the first counts.
    ///   - trustedProxies: from whom headers are believed.
    ///   - identityHeaders: the headers that name a client, in lower case; the first one in a request counts.
    ///   - usesForwarded: whether `Forwarded` gives the client's address, rather than `X-Forwarded-For`.
    ///   - requiresKey: whether a queued route asks for the key of a declared client.
    package init(
        declared: [(KeyHash, Declared)] = [],
        trustedProxies: [AddressBlock] = [],
        identityHeaders: [String] = [],
        usesForwarded: Bool = false,
        requiresKey: Bool = false
    ) {
        self.keys = Keys(declared)
        self.trustedProxies = trustedProxies
        self.identityHeaders = identityHeaders.map { Array($0.utf8) }
        self.usesForwarded = usesForwarded
        self.requiresKey = requiresKey
    }

    /// Whose request it is.
    ///
    /// - Parameters:
    ///   - head: the request's head.
    ///   - bytes: the bytes it was read from.
    ///   - peer: the text of the peer's address.
    ///   - lastKey: the key that came last on the connection.
    /// - Returns: the client; the peer's address if nothing else is known.
    func identify(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        peer: String,
        _ lastKey: inout LastKey
    ) -> Identity {
        if !self.keys.declared.isEmpty, let declared = self.declaredClient(head, bytes, &lastKey) {
            return declared.identity
        }
        if !self.trustedProxies.isEmpty, self.isTrusted(IPAddress(peer)) {
            if let user = self.user(head, bytes) { return Identity(client: Client(name: user)) }
            if let address = self.forwardedAddress(head, bytes) { return Identity(client: Client(name: address)) }
        }
        return Identity(client: Client(name: peer))
    }

    /// Who a client is now that was identified by this name before.
    ///
    /// - Parameter name: the name.
    /// - Returns: a client that is not declared if none of that name has a key that is still good.
    func identity(named name: String) -> Identity {
        guard let declared = self.keys.named[name], declared.isValid else {
            return Identity(client: Client(name: name))
        }
        return declared.identity
    }

    private func isTrusted(_ address: IPAddress?) -> Bool {
        guard let address else { return false }
        return self.trustedProxies.contains { $0.contains(address) }
    }

    // MARK: - Keys

    private func declaredClient(
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        _ lastKey: inout LastKey
    ) -> Declared? {
        var left = Self.maxKeyFields
        for field in head.fields where field.kind == .authorization || field.kind == .apiKey {
            // No client sends more, and each is hashed.
            left -= 1
            guard left >= 0 else { break }
            var key = field.value
            if field.kind == .authorization {
                guard let token = Self.bearerToken(field.value, bytes) else { continue }
                key = token
            }
            guard key.count <= Self.maxKeyBytes else { continue }
            let text = bytes.extracting(key.lowerBound..<key.upperBound)
            if let declared = lastKey.declared(text, in: self.keys), declared.isValid { return declared }
        }
        return nil
    }

    private static func bearerToken(_ value: ByteRange, _ bytes: Span<UInt8>) -> ByteRange? {
        let scheme = ByteRange(start: value.lowerBound, end: min(value.lowerBound + 7, value.upperBound))
        guard bytes.matches(scheme, "bearer ") else { return nil }
        return bytes.trimmed(ByteRange(start: scheme.upperBound, end: value.upperBound))
    }

    // MARK: - Headers of trusted proxies

    private func user(_ head: borrowing MessageHead, _ bytes: Span<UInt8>) -> String? {
        var left = Self.maxIdentityFields
        for name in self.identityHeaders {
            for field in head.fields where bytes.equalsIgnoringCase(field.name, name) {
                left -= 1
                guard left >= 0 else { return nil }
                guard 1...Self.maxIdentityBytes ~= Int(field.value.count) else { continue }
                let user = bytes.text(field.value)
                // A value that is not text, or could move a terminal's cursor, is not an identity.
                if user.unicodeScalars.allSatisfy({ $0 != "\u{FFFD}" && $0.properties.generalCategory.isShown }) {
                    return "user:" + user
                }
            }
        }
        return nil
    }

    /// The address nearest to us that is not of a trusted proxy; `nil` if it is not known.
    private func forwardedAddress(_ head: borrowing MessageHead, _ bytes: Span<UInt8>) -> String? {
        let kind: FieldKind = self.usesForwarded ? .forwarded : .forwardedFor
        guard head.kinds.contains(kind) else { return nil }
        var left = Self.maxHops
        for field in head.fields.reversed() where field.kind == kind {
            var end = field.value.upperBound
            while end >= field.value.lowerBound {
                var start = end
                while start > field.value.lowerBound, bytes[start - 1] != UInt8(ascii: ",") { start -= 1 }
                let hop = ByteRange(start: start, end: end)
                end = start - 1
                left -= 1
                guard left >= 0, hop.count <= Self.maxHopBytes else { return nil }
                let element = bytes.text(hop)[...]
                let text = kind == .forwarded ? Self.forwardedFor(element) : element
                guard let text, let address = Self.address(text) else { return nil }
                if !self.isTrusted(address.address) { return address.text }
            }
        }
        return nil
    }

    /// The `for` of an element of `Forwarded` (RFC 7239 §4).
    private static func forwardedFor(_ element: Substring) -> Substring? {
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].trimmingBlanks.lowercased() == "for" else { continue }
            let value = parts[1].trimmingBlanks
            return value.count >= 2 && value.first == "\"" && value.last == "\"" ? value.dropFirst().dropLast() : value
        }
        return nil
    }

    /// An address, which may have a port after it, and brackets around it if it is an IPv6 address.
    private static func address(_ text: Substring) -> (address: IPAddress, text: String)? {
        var text = text.trimmingBlanks
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            text = text[text.index(after: text.startIndex)..<end]
        } else if text.utf8.filter({ $0 == .colon }).count == 1, let colon = text.firstIndex(of: ":") {
            text = text[..<colon]
        }
        return IPAddress(text).map { ($0, text.lowercased()) }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

extension Unicode.GeneralCategory {
    /// Whether its characters are printable.
    fileprivate var isShown: Bool {
        switch self {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

extension Span<UInt8> {
    /// Whether the bytes of a range spell a word, letters of ASCII compared without regard to case.
    func equalsIgnoringCase(_ range: ByteRange, _ word: [UInt8]) -> Bool {
        guard Int(range.count) == word.count else { return false }
        for offset in word.indices where self[range.lowerBound + offset].asciiLowercased != word[offset] {
            return false
        }
        return true
    }
}
