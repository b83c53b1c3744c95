// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockHTTP
import PaddockSockets
import Testing

@testable import PaddockProxy

@Suite("The request that a backend sees")
struct ForwardedRequestTests {
    private static let allocator = ByteBufferAllocator()

    private static func forward(
        _ fields: String,
        requestID: String? = nil,
        body: ForwardedRequest.Body = .asItCame,
        dropsExpect: Bool = false,
        pieces: [[UInt8]] = [],
        hostLine: String = "Host: b:1\r\n",
        hostLineBytes: Int = 11,
        keyLine: String? = nil,
        ownLines: OwnLineLengths? = nil
    ) throws -> String {
        let bytes = Array("\r\nPOST /a?b HTTP/1.0\r\n\(fields)\r\n".utf8)
        var scanner = HeadScanner()
        let length = try #require(try scanner.scan(bytes.span))
        var head = MessageHead()
        try head.readRequest(bytes.span, length: length)
        var form = ForwardedRequest.Form(target: head.target)
        form.requestID = requestID
        form.body = body
        form.dropsExpect = dropsExpect
        let lengths = ownLines ?? OwnLineLengths(host: hostLineBytes)
        let loop = try SocketLoop.manual()
        let request = ForwardedRequest()
        // As sent at once, and as sent after a wait.
        let sent = [false, true].map { waits in
            request.begin(form, head, bytes.span, ownLines: lengths, on: loop)
            for piece in pieces { request.append(piece.span.bytes, allocator: self.allocator) }
            if waits { request.compact(on: loop) }
            let (first, rest) = request.finished(hostLine: hostLine, keyLine: keyLine, on: loop)
            return ([first] + rest).map { String(buffer: $0) }.joined()
        }
        #expect(sent[0] == sent[1])
        return sent[0]
    }

    @Test(
        "It names the backend and speaks HTTP/1.1; the other fields are unchanged, except those of one connection"
    )
    func head() throws {
        let fields =
            "Host: a\r\nx-a:1\r\nConnection: X-B\r\nX-B: 2\r\nTE: trailers\r\nX-C:  3 \r\nExpect: 100-continue\r\n"
        #expect(
            try Self.forward(fields)
                == "POST /a?b HTTP/1.1\r\nHost: b:1\r\nx-a:1\r\nX-C:  3 \r\nExpect: 100-continue\r\n\r\n"
        )
        #expect(
            try Self.forward(fields + "X-Request-Id: bad id\r\n", requestID: "id", dropsExpect: true)
                == "POST /a?b HTTP/1.1\r\nHost: b:1\r\nx-a:1\r\nX-C:  3 \r\nX-Request-Id: id\r\n\r\n"
        )
        #expect(try Self.forward("") == "POST /a?b HTTP/1.1\r\nHost: b:1\r\n\r\n")
    }

    @Test("A Host that is shorter or longer than there was room for leaves no gap", arguments: [0, 5, 11, 12, 30, 200])
    func gap(hostLineBytes: Int) throws {
        let expected = "POST /a?b HTTP/1.1\r\nHost: b:1\r\nContent-Length: 3\r\nA: b\r\n\r\nabc"
        let pieces = [Array("a".utf8), [], Array("bc".utf8)]
        #expect(
            try Self.forward("A: b\r\n", body: .measured, pieces: pieces, hostLineBytes: hostLineBytes) == expected
        )
        let asItCame = try Self.forward("A: b\r\n", hostLineBytes: hostLineBytes)
        #expect(asItCame == "POST /a?b HTTP/1.1\r\nHost: b:1\r\nA: b\r\n\r\n")
    }

    @Test("If backends have keys, each gets its own or the client's credentials, and never both")
    func keys() throws {
        let one = Backend(host: "b", port: 1, apiKey: "secret")
        let lengths = OwnLineLengths([one, Backend(host: "a-much-longer-name", port: 2)])
        let fields = "A: b\r\nauthorization: Bearer me\r\nC: d\r\nX-API-Key: mine\r\nAuthorization: two\r\n"
        let rest = "A: b\r\nC: d\r\n\r\n"
        #expect(
            try Self.forward(fields, keyLine: one.keyLine, ownLines: lengths)
                == "POST /a?b HTTP/1.1\r\nHost: b:1\r\nAuthorization: Bearer secret\r\n" + rest
        )
        #expect(
            try Self.forward(fields, ownLines: lengths)
                == "POST /a?b HTTP/1.1\r\nHost: b:1\r\nauthorization: Bearer me\r\nX-API-Key: mine\r\n"
                + "Authorization: two\r\n" + rest
        )
        // Whom no key concerns keeps the place of its fields.
        #expect(
            try Self.forward(fields).hasSuffix(
                "A: b\r\nauthorization: Bearer me\r\nC: d\r\n"
                    + "X-API-Key: mine\r\nAuthorization: two\r\n\r\n"
            )
        )
        let long = "Authorization: " + String(repeating: "x", count: 5_000) + "\r\n"
        #expect(
            try Self.forward(long, body: .measured, pieces: [Array("hi".utf8)], ownLines: lengths)
                == "POST /a?b HTTP/1.1\r\nHost: b:1\r\n\(long)Content-Length: 2\r\n\r\nhi"
        )
        #expect(!"\(one)".contains("secret"))
    }

    @Test(
        "What no backend has seen can be made ready for another one, any number of times, also if that has joined since",
        arguments: [true, false]
    )
    func takenBack(areKnown: Bool) throws {
        let one = Backend(host: "b", port: 1, apiKey: "secret")
        let two = Backend(host: "a-much-longer-name", port: 2)
        let text = Array("POST /a HTTP/1.1\r\nHost: x\r\nAuthorization: me\r\nA: b\r\n\r\n".utf8)
        var head = MessageHead()
        try head.readRequest(text.span, length: text.count)
        let request = ForwardedRequest()
        let form = ForwardedRequest.Form(target: head.target, body: .measured)
        let lengths = areKnown ? OwnLineLengths([one, two]) : OwnLineLengths(host: 3)
        let loop = try SocketLoop.manual()
        request.begin(form, head, text.span, ownLines: lengths, on: loop)
        let long = [UInt8](repeating: UInt8(ascii: "p"), count: 70_000)
        request.append(long.span.bytes, allocator: Self.allocator)
        for _ in 0..<3 {
            for backend in [one, two] {
                request.compact(on: loop)
                let (first, rest) = request.finished(hostLine: backend.hostLine, keyLine: backend.keyLine, on: loop)
                let sent = ([first] + rest).map { String(buffer: $0) }.joined()
                let own = backend.keyLine ?? "Authorization: me\r\n"
                #expect(
                    sent == "POST /a HTTP/1.1\r\n\(backend.hostLine)\(own)Content-Length: 70000\r\nA: b\r\n\r\n"
                        + String(repeating: "p", count: 70_000)
                )
                #expect(request.takeBack([first] + rest, allocator: Self.allocator) == sent.utf8.count)
            }
        }
    }

    @Test("A body that is forwarded in chunks has one Transfer-Encoding")
    func chunked() throws {
        #expect(
            try Self.forward("Transfer-Encoding: Chunked\r\nA: b\r\n", body: .chunked)
                == "POST /a?b HTTP/1.1\r\nHost: b:1\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
    }

    @Test(
        "A body is forwarded unchanged, whatever its pieces",
        arguments: [100, 1000, 65_535, 65_536, 65_537, 200_000]
    )
    func pieces(size: Int) throws {
        let count = max(300_000 / size, 3)
        let pieces = (0..<count).map { [UInt8](repeating: UInt8(ascii: "a") + UInt8($0 % 26), count: size) }
        let body = String(decoding: pieces.joined(), as: UTF8.self)
        let sent = try Self.forward("", body: .measured, pieces: pieces)
        #expect(sent == "POST /a?b HTTP/1.1\r\nHost: b:1\r\nContent-Length: \(count * size)\r\n\r\n" + body)
    }
}
