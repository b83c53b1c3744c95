// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import NIOHTTP1
import PaddockBase
import PaddockHTTP
import Testing

/// llhttp, the parser of Node.js that NIOHTTP1 carries, reads the same requests: whatever we take for a request it must take for
/// the same one, with a body that ends at the same byte. (It may well take what we refuse.)
@Suite("A second opinion on request heads")
struct SecondOpinionTests {
    @Test("Accepted messages mean the same to llhttp", arguments: 1...8)
    func llhttpAgrees(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var accepted = 0
        var usualCount = 0
        for _ in 0..<400 {
            let text = Self.request(&random)
            let read = try? HeadOutline.request(text)
            if let usual = try? HeadOutline.usualRequest(text) {
                #expect(usual == read, "seed \(seed): \(text.debugDescription)")
                usualCount += 1
            }
            guard let outline = read else { continue }
            accepted += 1
            let problem = Self.disagreement(text, outline)
            #expect(problem == nil, "seed \(seed): \(text.debugDescription)")
        }
        #expect(usualCount > 20, "seed \(seed) made nothing usual")
        #expect(accepted > 50, "seed \(seed) made nothing but nonsense")
    }

    // MARK: - Requests

    private static let lines = [
        "Host: a", "Content-Length: 5", "Content-Length: 0", "content-length:12", "Transfer-Encoding: chunked",
        "Connection: close",
        "Connection: keep-alive, x", "Accept: */*", "X-Long: " + String(repeating: "v", count: 40), "X-Empty:",
        "Expect: 100-continue",
        "Content-Length: +5", "Content-Length: 5, 5", "Transfer-Encoding: gzip, chunked", "X-Tab:\tv\t",
        "Keep-Alive: timeout=5",
    ]
    private static let nasty: [String] = [
        " ", "\t", "\r", "\n", "\r\n", "\u{0}", "\u{7F}", ":", ";", ",", "\"", "x", "0", "\u{B}", "\u{E9}", "HTTP/1.1",
        "\r\n ",
    ]

    /// A request that is right, or wrong in one or two places.
    private static func request(_ random: inout SeededRandom) -> String {
        let method = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"].randomElement(using: &random) ?? "GET"
        let target = ["/", "/api/generate?x=1", "http://a/b", "*"].randomElement(using: &random) ?? "/"
        let version = ["1.1", "1.1", "1.1", "1.0"].randomElement(using: &random) ?? "1.1"
        var text = "\(method) \(target) HTTP/\(version)\r\nHost: a\r\n"
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            text += (Self.lines.randomElement(using: &random) ?? "A: b") + "\r\n"
        }
        text += "\r\n"
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            var scalars = Array(text.unicodeScalars)
            let place = Int.random(in: 0...scalars.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                scalars.insert(contentsOf: (Self.nasty.randomElement(using: &random) ?? "").unicodeScalars, at: place)
            case 1 where place < scalars.count: scalars.remove(at: place)
            case _ where place < scalars.count:
                scalars[place] = (Self.nasty.randomElement(using: &random) ?? " ").unicodeScalars.first ?? " "
            default: break
            }
            text = String(String.UnicodeScalarView(scalars))
        }
        return text
    }

    // MARK: - The other parser

    private static func disagreement(_ text: String, _ outline: HeadOutline) -> String? {
        let channel = EmbeddedChannel(
            handler: ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes))
        )
        defer { _ = try? channel.finish() }
        let body: String
        switch outline.framing {
        case .none, .untilClose: body = ""
        case .length(let count):
            guard count <= 1_000 else { return nil }
            body = String(repeating: "b", count: count)
        case .chunked: body = "3\r\nbbb\r\n0\r\n\r\n"
        }
        do {
            let head = Array(text.utf8)[..<outline.length]
            try channel.writeInbound(ByteBuffer(bytes: head))
            guard case .head(let theirs)? = try channel.readInbound(as: HTTPServerRequestPart.self) else {
                return "it has no head yet"
            }
            guard theirs.method.rawValue == outline.startLine[0], theirs.uri == outline.startLine[1] else {
                return "it reads \(theirs.method) \(theirs.uri)"
            }
            guard theirs.version.minor == outline.minorVersion else { return "it reads HTTP/1.\(theirs.version.minor)" }
            // It leaves tabs at the end of a value, which RFC 9110 §5.5 leaves out.
            let fields = theirs.headers.map { "\($0.name)=\(Self.withoutTabs($0.value))" }
            guard fields == outline.fields else { return "it reads \(fields)" }
            if body.isEmpty { return Self.ends(channel) ? nil : "it waits for a body" }
            guard !Self.ends(channel) else { return "it sees no body" }
            try channel.writeInbound(ByteBuffer(string: String(body.dropLast())))
            guard !Self.ends(channel) else { return "its body is shorter" }
            try channel.writeInbound(ByteBuffer(string: String(body.suffix(1))))
            return Self.ends(channel) ? nil : "its body is longer"
        } catch HTTPParserError.invalidMethod, HTTPParserError.invalidURL {
            // It knows some methods only, and looks into the target: what passes through here is for the backend to refuse.
            return nil
        } catch {
            return "it refuses: \(error)"
        }
    }

    private static func withoutTabs(_ value: String) -> String {
        var value = value
        while value.last == "\t" || value.last == " " { value.removeLast() }
        return value
    }

    private static func ends(_ channel: EmbeddedChannel) -> Bool {
        while let part = try? channel.readInbound(as: HTTPServerRequestPart.self) {
            if case .end = part { return true }
        }
        return false
    }
}
