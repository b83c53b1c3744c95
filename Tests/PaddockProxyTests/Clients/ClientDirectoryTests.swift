// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockHTTP
import Testing

@testable import PaddockProxy

@Suite("Whose request it is")
struct ClientDirectoryTests {
    private static func hash(_ key: String) -> KeyHash { KeyHash(of: Array(key.utf8).span) }

    private static func directory(usesForwarded: Bool = false) -> ClientDirectory {
        var nightly = ClientDirectory.Declared(client: Client(name: "nightly"))
        nightly.ceiling = .batch
        return ClientDirectory(
            declared: [
                (Self.hash("open sesame"), ClientDirectory.Declared(client: Client(name: "alice", weight: 2))),
                (Self.hash("kn"), nightly),
            ],
            trustedProxies: ["10.0.0.0/8", "::1"].compactMap { AddressBlock($0) },
            identityHeaders: ["x-openwebui-user-id", "x-forwarded-user"],
            usesForwarded: usesForwarded
        )
    }

    private static func identify(
        _ fields: String,
        peer: String,
        usesForwarded: Bool = false
    ) throws -> ClientDirectory.Identity {
        var lastKey = ClientDirectory.LastKey()
        return try Self.identify(fields, in: Self.directory(usesForwarded: usesForwarded), peer: peer, &lastKey)
    }

    private static func identify(
        _ fields: String,
        in directory: ClientDirectory,
        peer: String = "9.9.9.9",
        _ lastKey: inout ClientDirectory.LastKey
    ) throws -> ClientDirectory.Identity {
        let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n".utf8)
        var head = MessageHead()
        try head.readRequest(bytes.span, length: bytes.count)
        return directory.identify(head, bytes.span, peer: peer, &lastKey)
    }

    @Test("The key that came last is remembered, until it is another or the clients change")
    func lastKey() throws {
        var last = ClientDirectory.LastKey()
        let directory = Self.directory()
        for (key, name) in [
            ("kn", "nightly"), ("kn", "nightly"), ("ko", "9.9.9.9"), ("kn", "nightly"), ("k", "9.9.9.9"),
        ] {
            #expect(try Self.identify("x-api-key: \(key)\r\n", in: directory, &last).client.name == name)
        }
        #expect(try Self.identify("x-api-key: kn\r\n", in: directory, &last).client.name == "nightly")
        #expect(try Self.identify("x-api-key: kn\r\n", in: ClientDirectory(), &last).client.name == "9.9.9.9")
        let others = ClientDirectory(
            declared: [(Self.hash("kn"), ClientDirectory.Declared(client: Client(name: "other")))]
        )
        #expect(try Self.identify("x-api-key: kn\r\n", in: others, &last).client.name == "other")
    }

    @Test("A key is good until its time has come, remembered or not")
    func validity() throws {
        var (past, future) = (
            ClientDirectory.Declared(client: Client(name: "past")),
            ClientDirectory.Declared(client: Client(name: "future"))
        )
        past.validUntil = 1_000
        future.validUntil = 100_000_000_000
        let directory = ClientDirectory(declared: [(Self.hash("p"), past), (Self.hash("f"), future)])
        var last = ClientDirectory.LastKey()
        for (key, name) in [("p", "9.9.9.9"), ("p", "9.9.9.9"), ("f", "future"), ("f", "future")] {
            let identity = try Self.identify("Authorization: Bearer \(key)\r\n", in: directory, &last)
            #expect(identity.client.name == name && identity.isDeclared == (name == "future"))
        }
    }

    @Test(
        "A declared key identifies its client, from any address",
        arguments: [
            ("Authorization: Bearer open sesame", "alice"), ("authorization: bearer   open sesame", "alice"),
            ("X-Api-Key: open sesame", "alice"), ("Authorization: Bearer ollama\r\nx-api-key: kn", "nightly"),
            ("X-Forwarded-User: eve\r\nAuthorization: Bearer open sesame", "alice"),
        ]
    )
    func keys(fields: String, name: String) throws {
        for peer in ["10.1.1.1", "9.9.9.9"] {
            let identity = try Self.identify(fields + "\r\n", peer: peer)
            #expect(identity.client.name == name && identity.isDeclared)
            #expect(identity.client.weight == (name == "alice" ? 2 : 1))
            #expect(identity.ceiling == (name == "alice" ? .interactive : .batch))
        }
    }

    @Test(
        "Any other key is not an identity",
        arguments: [
            "Authorization: Bearer ollama", "Authorization: Basic open sesame", "Authorization: open sesame",
            "Authorization:",
            "x-api-key: Open sesame", "x-api-key:", "Cookie: open sesame",
        ]
    )
    func otherKeys(field: String) throws {
        let identity = try Self.identify(field + "\r\n", peer: "9.9.9.9")
        #expect(identity == ClientDirectory.Identity(client: Client(name: "9.9.9.9")))
    }

    @Test(
        "A trusted proxy names the user, or the client's address",
        arguments: [
            ("X-OpenWebUI-User-Id: 7f3", "user:7f3"), ("X-Forwarded-User: bob", "user:bob"),
            ("X-Forwarded-User: bob\r\nX-OpenWebUI-User-Id: 7f3", "user:7f3"),
            ("X-Forwarded-User: J\u{F6}rg", "user:J\u{F6}rg"),
            ("X-Forwarded-User:\r\nX-Forwarded-For: 1.2.3.4", "1.2.3.4"), ("X-Forwarded-For: 1.2.3.4", "1.2.3.4"),
            ("X-Forwarded-For: 6.6.6.6, 1.2.3.4, 10.2.2.2", "1.2.3.4"), ("X-Forwarded-For: 1.2.3.4:5678", "1.2.3.4"),
            ("X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4", "1.2.3.4"),
            ("X-Forwarded-For: [2001:DB8::1]:80", "2001:db8::1"),
            // A proxy that sets the one passes on what a client sends in the other.
            ("Forwarded: for=6.6.6.6\r\nX-Forwarded-For: 1.2.3.4", "1.2.3.4"), ("Forwarded: for=6.6.6.6", "10.1.1.1"),
        ]
    )
    func trusted(fields: String, name: String) throws {
        #expect(try Self.identify(fields + "\r\n", peer: "10.1.1.1").client == Client(name: name))
        #expect(try Self.identify(fields + "\r\n", peer: "9.9.9.9").client == Client(name: "9.9.9.9"), "not trusted")
    }

    @Test(
        "Forwarded counts if the operator configured it, and then X-Forwarded-For does not",
        arguments: [
            ("Forwarded: for=1.2.3.4;proto=http", "1.2.3.4"),
            ("Forwarded: for=6.6.6.6, proto=http;For=\"[2001:db8::1]:80\"", "2001:db8::1"),
            ("Forwarded: for=1.2.3.4\r\nX-Forwarded-For: 5.5.5.5", "1.2.3.4"), ("X-Forwarded-For: 5.5.5.5", "10.1.1.1"),
            ("X-Forwarded-User: bob\r\nForwarded: for=1.2.3.4", "user:bob"), ("Forwarded: for=_hidden", "10.1.1.1"),
            ("Forwarded: by=1.2.3.4", "10.1.1.1"), ("Forwarded: for=\"1.2.3.4", "10.1.1.1"),
        ]
    )
    func forwarded(fields: String, name: String) throws {
        let identity = try Self.identify(fields + "\r\n", peer: "10.1.1.1", usesForwarded: true)
        #expect(identity.client == Client(name: name))
        let untrusted = try Self.identify(fields + "\r\n", peer: "9.9.9.9", usesForwarded: true)
        #expect(untrusted.client == Client(name: "9.9.9.9"))
    }

    @Test(
        "Malformed values are ignored",
        arguments: [
            "X-Forwarded-For: unknown", "X-Forwarded-For: 1.2.3.4, what", "X-Forwarded-For: ,",
            "X-Forwarded-User: a\u{202E}b", "X-Forwarded-For: 10.3.3.3",
        ]
    )
    func malformed(field: String) throws {
        #expect(try Self.identify(field + "\r\n", peer: "10.1.1.1").client == Client(name: "10.1.1.1"))
    }

    @Test("Keys are looked for in the first eight fields that can carry one, and have at most 1,024 bytes")
    func manyKeys() throws {
        let others = String(repeating: "x-api-key: ollama\r\n", count: 7)
        #expect(try Self.identify(others + "x-api-key: kn\r\n", peer: "9.9.9.9").client.name == "nightly")
        #expect(try Self.identify("A: b\r\n" + others + "x-api-key: kn\r\n", peer: "9.9.9.9").client.name == "nightly")
        #expect(
            try Self.identify("x-api-key:\r\n" + others + "x-api-key: kn\r\n", peer: "9.9.9.9").client.name == "9.9.9.9"
        )
        let long = [UInt8](repeating: UInt8(ascii: "k"), count: 1025)
        for (count, name) in [(1024, "long"), (1025, "9.9.9.9")] {
            let key = KeyHash(of: long.span.extracting(0..<count))
            let directory = ClientDirectory(
                declared: [(key, ClientDirectory.Declared(client: Client(name: "long")))]
            )
            var last = ClientDirectory.LastKey()
            let bytes = Array("GET / HTTP/1.1\r\nx-api-key: ".utf8) + long[..<count] + Array("\r\n\r\n".utf8)
            var head = MessageHead()
            try head.readRequest(bytes.span, length: bytes.count)
            #expect(directory.identify(head, bytes.span, peer: "9.9.9.9", &last).client.name == name)
        }
    }

    @Test("Of a long list of forwarded addresses the last 64 are walked, each of at most 256 bytes")
    func manyHops() throws {
        func client(_ value: String) throws -> String {
            try Self.identify(value + "\r\n", peer: "10.1.1.1").client.name
        }
        let proxies = Array(repeating: "10.2.2.2", count: 63)
        let list = (["1.2.3.4"] + proxies).joined(separator: ",")
        #expect(try client("X-Forwarded-For: \(list)") == "1.2.3.4")
        #expect(try client("X-Forwarded-For: \(list),10.2.2.2") == "10.1.1.1")
        #expect(
            try client("X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: " + proxies.joined(separator: ",")) == "1.2.3.4"
        )
        let blanks = String(repeating: " ", count: 300)
        #expect(try client("X-Forwarded-For: 1.2.3.4,\(blanks)10.2.2.2") == "10.1.1.1")
    }

    @Test("Of the identity headers sixteen values are looked at")
    func manyUsers() throws {
        let bad = String(repeating: "X-Forwarded-User: a\u{202E}b\r\n", count: 15)
        #expect(try Self.identify(bad + "X-Forwarded-User: bob\r\n", peer: "10.1.1.1").client.name == "user:bob")
        #expect(try Self.identify(bad + bad + "X-Forwarded-User: bob\r\n", peer: "10.1.1.1").client.name == "10.1.1.1")
    }

    @Test("An identity has at most 128 bytes")
    func longIdentity() throws {
        let long = String(repeating: "a", count: 128)
        #expect(try Self.identify("X-Forwarded-User: \(long)\r\n", peer: "::1").client.name == "user:" + long)
        #expect(try Self.identify("X-Forwarded-User: \(long)a\r\n", peer: "::1").client.name == "::1")
    }
}

@Suite("The Priority header")
struct PriorityFieldTests {
    @Test("Urgencies 5 to 7 are batch", arguments: 0...7)
    func urgencies(urgency: Int) {
        #expect(PriorityField.requestClass(Array("u=\(urgency), i".utf8)) == (urgency >= 5 ? .batch : .interactive))
    }

    @Test(
        "Malformed values are ignored",
        arguments: ["", "u", "u=8", "u=-1", "u=6.0", "u=\"6\"", "u=6,,", "U=6", "6", "u=6 i", "u=(6)"]
    )
    func malformed(value: String) {
        #expect(PriorityField.requestClass(Array(value.utf8)) == .interactive)
    }

    @Test("More than 256 bytes are ignored, in one field or in many")
    func long() throws {
        func requestClass(_ fields: String) throws -> RequestClass {
            let bytes = Array("GET / HTTP/1.1\r\n\(fields)\r\n\r\n".utf8)
            var head = MessageHead()
            try head.readRequest(bytes.span, length: bytes.count)
            return PriorityField.requestClass(head, bytes.span)
        }
        let filler = "u=6, a=" + String(repeating: "1", count: 14) + ", b=\""
        let value = filler + String(repeating: "x", count: 255 - filler.count) + "\""
        #expect(value.count == 256)
        #expect(try requestClass("Priority: \(value)") == .batch)
        #expect(try requestClass("Priority: \(value) ") == .batch, "blanks around a value are no part of it")
        #expect(try requestClass("Priority: \(value),i") == .interactive)
        #expect(try requestClass("Priority: u=6\r\nPriority: i") == .batch)
        #expect(try requestClass("Priority: \(value)\r\nPriority: i") == .interactive)
        #expect(try requestClass(String(repeating: "Priority: u=6\r\n", count: 900) + "A: b") == .interactive)
    }

    @Test("The last of several counts, as in any dictionary (RFC 9651 §3.2)")
    func last() {
        #expect(PriorityField.requestClass(Array("u=1,u=6".utf8)) == .batch)
        #expect(PriorityField.requestClass(Array("u=6;x=1, i=?0".utf8)) == .batch)
    }
}
