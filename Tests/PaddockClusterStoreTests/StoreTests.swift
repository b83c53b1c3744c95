// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockCluster
import Testing

@testable import PaddockClusterStore

@Suite struct RESPReaderTests {
    private static let reply = """
        *3\r\n:5\r\n$3\r\nabc\r\n%1\r\n+k\r\n*2\r\n_\r\n#t\r\n>2\r\n+push\r\n+x\r\n|1\r\n+a\r\n+b\r\n-ERR no\r\n*0\r\n$-1\r\n=5\r\ntxt:z\r\n,1.5\r\n
        """

    @Test(arguments: [1, 2, 3, 7, 1_000]) func `Values are read however their bytes arrive`(_ size: Int) throws {
        var reader = RESPReader()
        var buffer = ByteBuffer()
        var values: [RESPValue] = []
        var rest = Array(Self.reply.utf8)[...]
        while !rest.isEmpty {
            buffer.writeBytes(rest.prefix(size))
            rest = rest.dropFirst(size)
            while let value = try reader.next(from: &buffer) { values.append(value) }
        }
        #expect(
            values == [
                .array([
                    .integer(5), .text(Array("abc".utf8)),
                    .map([.text(Array("k".utf8)), .array([.null, .bool(true)])]),
                ]),
                .error("ERR no"), .array([]), .null, .text(Array("z".utf8)), .number("1.5"),
            ]
        )
        #expect(buffer.readableBytes == 0)
    }

    @Test(arguments: [
        "?\r\n", "$x\r\n", "$-2\r\n", "$1048577\r\n", "*10001\r\n", "*9999\r\n*9\r\n", "$1\r\nabc", "+ab\n",
        "=2\r\nab\r\n",
        String(repeating: "*1\r\n", count: 9), "+" + String(repeating: "a", count: 70_000),
        "*999999999999999999999\r\n",
        "%9223372036854775807\r\n", ":\r\n",
    ])
    func `What is no RESP, or too much of it, is refused`(_ text: String) {
        var reader = RESPReader()
        var buffer = ByteBuffer(string: text)
        #expect(throws: RESPError.self) { while try reader.next(from: &buffer) != nil {} }
    }
}

@Suite struct HostileReplyTests {
    private static func values(_ parts: [String]) throws -> [RESPValue] {
        var reader = RESPReader()
        var buffer = ByteBuffer()
        var values: [RESPValue] = []
        for part in parts {
            buffer.writeString(part)
            while let value = try reader.next(from: &buffer) { values.append(value) }
        }
        return values
    }

    @Test func `A reply is bounded as a whole`() {
        // Every text is allowed, and the list, too.
        let text = "$1000000\r\n" + String(repeating: "a", count: 1_000_000) + "\r\n"
        #expect(throws: RESPError.self) { try Self.values(["*9\r\n"] + Array(repeating: text, count: 9)) }
        let line = "+" + String(repeating: "a", count: 60_000) + "\r\n"
        #expect(throws: RESPError.self) { try Self.values(["*200\r\n"] + Array(repeating: line, count: 200)) }
    }

    @Test func `Many replies, and what comes unasked, are no large one`() throws {
        let text = "$1000000\r\n" + String(repeating: "a", count: 1_000_000) + "\r\n"
        #expect(try Self.values(Array(repeating: text, count: 20)).count == 20)
        let push = ">3\r\n+invalidate\r\n:1\r\n*2\r\n+a\r\n_\r\n"
        #expect(try Self.values(Array(repeating: push, count: 5_000) + ["+OK\r\n"]) == [.text(Array("OK".utf8))])
    }

    @Test func `Any bytes end in values or a refusal, the same in pieces of any length`() {
        var random = SeededRandom(seed: 3)
        let words = [
            "*", "$", "%", ">", "|", "~", "+a", "-E", ":1", "_", "#t", "=5\r\ntxt:a", "\r\n", "\r\n", "\r\n", "1", "2",
            "-1", "0", "99999", "x",
        ]
        for _ in 0..<3_000 {
            let text = (0..<random.number(below: 24)).map { _ in words[random.number(below: words.count)] }.joined()
            let whole = Result { try Self.values([text]) }
            let pieces = Result { try Self.values(text.utf8.map { String(UnicodeScalar($0)) }) }
            switch (whole, pieces) {
            case (.success(let values), .success(let others)): #expect(values == others, "\(text.debugDescription)")
            case (.failure(let error as RESPError), .failure(let other as RESPError)):
                #expect(error == other, "\(text.debugDescription)")
            default: Issue.record("\(text.debugDescription): \(whole) and \(pieces)")
            }
        }
    }

    @Test(arguments: [
        "*2\r\n$0\r\n\r\n*1\r\n$5\r\nhello\r\n", "*2\r\n$5\r\n1 2 3\r\n*0\r\n", "*2\r\n$4\r\nx y \r\n*0\r\n",
        "*1\r\n*0\r\n", "+OK\r\n",
        "*2\r\n:1\r\n*0\r\n", "*2\r\n$0\r\n\r\n+x\r\n",
    ])
    func `Entries of somebody else are no members, and no office is taken for one`(_ reply: String) throws {
        let value = try #require(try Self.values([reply]).first)
        let reading = RedisScript.reading(value)
        #expect(reading?.members.isEmpty ?? true)
        #expect(reading?.holder == nil)
    }
}

@Suite struct StoreAddressTests {
    @Test func `Addresses are read`() throws {
        let plain = try StoreAddress("redis://10.0.0.5")
        #expect(plain.engine == .redis(database: 0, sentinel: nil))
        #expect(plain.hosts == [.init(name: "10.0.0.5", port: 6_379)])
        let full = try StoreAddress("redis://ann:p%40ss@[::1]:7000/3?prefix=team")
        #expect(full.engine == .redis(database: 3, sentinel: nil))
        #expect(full.hosts == [.init(name: "::1", port: 7_000)])
        #expect((full.user, full.password, full.prefix) == ("ann", "p@ss", "team"))
        let sentinels = try StoreAddress("redis://:x@a:1,b/0?sentinel=main")
        #expect(sentinels.engine == .redis(database: 0, sentinel: "main"))
        #expect(sentinels.hosts == [.init(name: "a", port: 1), .init(name: "b", port: 26_379)])
        #expect((sentinels.user, sentinels.password) == (nil, "x"))
        #expect(sentinels.description == "redis://a:1,b:26379/0?sentinel=main")
        #expect(full.description == "redis://ann@[::1]:7000/3?prefix=team")
        #expect(try StoreAddress("etcd://a%40b:x@c?prefix=d%3Ae").description == "etcd://a%40b@c:2379?prefix=d%3Ae")
        #expect(try StoreAddress("etcd://a:1,b").hosts == [.init(name: "a", port: 1), .init(name: "b", port: 2_379)])
    }

    @Test(arguments: [
        "", "redis", "redis://", "http://a", "rediss://a", "redis://a:0", "redis://a:65536", "redis://a/x",
        "redis://a/-1",
        "redis://a@b", "redis://u:@b", "redis://a?x=1", "redis://a?prefix=", "redis://a?prefix=%7b", "etcd://a/1",
        "etcd://a?sentinel=b", "redis://[::1", "redis://a b", "redis://u:%zz@b",
    ])
    func `What is no address is refused with what would be right`(_ text: String) {
        #expect(throws: StoreAddressError.self) { try StoreAddress(text) }
    }
}
