// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockHTTP

@Suite("Following a chunked reply")
struct ReplyBodyTests {
    private static let reply = Array("5\r\nabcd\n\r\n1a;x=y\r\n0123456789012345678901234\n\r\n0\r\nT: v\r\n\r\n".utf8)
    private static let data = Array("abcd\n0123456789012345678901234\n".utf8)

    @Test("However the bytes are split, the data is the same and the end is found")
    func everySplit() throws {
        for first in 0...Self.reply.count {
            for second in first...Self.reply.count {
                var body = ReplyBody(.chunked)
                var data: [UInt8] = []
                var isComplete = false
                for piece in [Self.reply[..<first], Self.reply[first..<second], Self.reply[second...]] where !isComplete
                {
                    let bytes = Array(piece)
                    let burst = try body.follow(bytes.span, from: 0) { data += bytes[$0] }
                    #expect(burst.consumed == bytes.count)
                    isComplete = burst.isComplete
                }
                #expect(isComplete && data == Self.data)
                #expect(body.dataBytes == Self.data.count && body.chunks == 2)
            }
        }
    }

    @Test("A reply that begins in place of another one knows nothing of that, wherever it broke off")
    func anotherReply() throws {
        let line = Array("{}\n".utf8)
        for cut in 0..<Self.reply.count {
            var body = ReplyBody(.chunked)
            body.lookForEnd(.ndjson)
            _ = try body.follow(Array(Self.reply[..<cut]).span, from: 0)
            body.begin(.length(9))
            #expect(body.dataBytes == 0 && body.chunks == 0 && body.lastBytes == (.lineFeed, .lineFeed))
            #expect(body.durations == nil && body.readTokens() == nil && !body.hasSeenFinalEvent && !body.isReframed)
            #expect(body.frame(line) == ReplyBody(.length(9)).frame(line))
            body.begin(.chunked)
            #expect(body.frame(line) == ReplyBody(.chunked).frame(line))
            let bytes = Self.reply
            #expect(try body.follow(bytes.span, from: 0).isComplete)
            #expect(body.dataBytes == Self.data.count && body.chunks == 2)
        }
    }

    @Test("Wherever the reply breaks off, one more line can be put after what was relayed")
    func lineBehindACut() throws {
        let line = Array("{}\n".utf8)
        for cut in 0..<(Self.reply.count - 11) {
            var body = ReplyBody(.chunked)
            let bytes = Array(Self.reply[..<cut])
            let burst = try body.follow(bytes.span, from: 0)
            let sent = bytes[..<burst.relayable] + (try #require(body.frame(line)))
            var decoder = ChunkedDecoder()
            var data: [UInt8] = []
            var index = 0
            let all = Array(sent)
            while case .data(let range) = try decoder.next(all.span, from: &index) { data += all[range] }
            #expect(data.suffix(3) == line[...], "cut at \(cut)")
            #expect(index == all.count)
        }
    }

    @Test(
        "Broken chunks are refused",
        arguments: [
            "x\r\n", "-1\r\n", "\r\n", "5\n", "5\rx", "2\r\nabc", "2\r\nab\n", "1;\u{0}\r\n", "fffffffffffffffff\r\n",
            "0\r\nT\n",
        ]
    )
    func brokenChunks(text: String) {
        #expect(throws: HeadProblem.self) {
            var body = ReplyBody(.chunked)
            let bytes = Array(text.utf8)
            _ = try body.follow(bytes.span, from: 0)
        }
    }

    /// The data of chunks that may break off, and whether they can be parsed to their last byte.
    private static func data(of sent: [UInt8]) throws -> [UInt8] {
        var decoder = ChunkedDecoder()
        var data: [UInt8] = []
        var index = 0
        while case .data(let range) = try decoder.next(sent.span, from: &index) { data += sent[range] }
        #expect(index == sent.count)
        return data
    }

    @Test("In however many bursts a reply breaks off, relayed and held bytes add up, and a line fits after them")
    func lineBehindBursts() throws {
        let lines = ["{}\n", "{\"error\":\"timeout\",\"message\":\"this is longer than any chunk\"}\n"].map {
            Array($0.utf8)
        }
        for cut in 0..<(Self.reply.count - 1) {
            for split in 0...cut {
                var body = ReplyBody(.chunked)
                var sent: [UInt8] = []
                var held: [UInt8] = []
                for piece in [Array(Self.reply[..<split]), Array(Self.reply[split..<cut])] {
                    let burst = try body.follow(piece.span, from: 0)
                    #expect(!burst.isComplete && burst.relayable <= burst.consumed && burst.consumed == piece.count)
                    if burst.relayable > 0 {
                        sent += held + piece[..<burst.relayable]
                        held = []
                    }
                    held += piece[burst.relayable..<burst.consumed]
                }
                #expect(sent + held == Array(Self.reply[..<cut]))
                let before = try Self.data(of: sent)
                let lastBytes = [body.lastBytes.0, body.lastBytes.1]
                #expect(lastBytes == Array(([0x0A, 0x0A] + before).suffix(2)))
                for line in lines {
                    let all = try Self.data(of: sent + (try #require(body.frame(line))))
                    #expect(all == before + line, "cut at \(split) and \(cut)")
                }
            }
        }
    }

    @Test("A line goes after what was relayed, not after a burst that was refused")
    func lineBehindARefusedBurst() throws {
        let line = Array("{\"error\":\"x\"}\n".utf8)
        for refused in ["cde\r\nZZ", "cde\r\n2\r\nfg\rX", "c\nde\r\n1\r\n\n\r\n\r\n"] {
            var body = ReplyBody(.chunked)
            let first = Array("14\r\nab".utf8)
            let burst = try body.follow(first.span, from: 0)
            #expect(burst.relayable == first.count)
            let second = Array(("0123456789abcde" + refused).utf8)
            #expect(throws: HeadProblem.self) { _ = try body.follow(second.span, from: 0) }
            let lastBytes = [body.lastBytes.0, body.lastBytes.1]
            #expect(lastBytes == Array("ab".utf8))
            let framed = try #require(body.frame(line))
            #expect(try Self.data(of: first + framed) == Array("ab".utf8) + line)
        }
    }

    @Test("A line fits into a body of known length only if it does not complete it")
    func lineIntoALength() throws {
        let line = Array("{}\n".utf8)
        let bytes = Array("ab".utf8)
        for (length, fits) in [(4, false), (5, false), (6, true), (100, true)] {
            var body = ReplyBody(.length(length))
            let burst = try body.follow(bytes.span, from: 0)
            #expect(burst == ReplyBody.Burst(relayable: 2, consumed: 2, isComplete: false))
            #expect(body.frame(line) == (fits ? line : nil))
        }
        var open = ReplyBody(.untilClose)
        _ = try open.follow(bytes.span, from: 0)
        #expect(open.frame(line) == line && open.endsAtClose)
        #expect(ReplyBody(.none).frame(line) == nil && ReplyBody(.none).isComplete)
    }

    @Test("A complete reply does not take the bytes after it")
    func bytesBehind() throws {
        let all = Self.reply + Array("HTTP/1.1 200".utf8)
        var chunked = ReplyBody(.chunked)
        let wholeChunks = try chunked.follow(all.span, from: 0)
        let count = Self.reply.count
        #expect(wholeChunks == ReplyBody.Burst(relayable: count, consumed: count, isComplete: true))
        var length = ReplyBody(.length(3))
        let wholeLength = try length.follow(all.span, from: 2)
        #expect(wholeLength == ReplyBody.Burst(relayable: 5, consumed: 5, isComplete: true))
    }

    @Test(
        "Chunks that arrive whole are followed like those that arrive byte by byte",
        arguments: [
            "1\r\na\r\n", "A\r\n0123456789\r\n", "00a\r\n0123456789\r\n", "000a\r\n0123456789\r\n",
            "0A;x=y\r\n0123456789\r\n",
            "2\r\nabc\r\n", "2\r\nab\n\r", "2\n\nab\r\n", "2\r\rab\r\n", "g\r\nab\r\n", "\r\n\r\n", "0\r\n\r\n",
            "000\r\n\r\n",
            "fff\r\n" + String(repeating: "x", count: 4095) + "\r\n",
            "1000\r\n" + String(repeating: "y", count: 4096) + "\r\n",
            "fffffffffffffff\r\nz", "1234567\r\nz",
        ]
    )
    func wholeChunks(odd: String) {
        // Usual chunks on both sides, and each count of bytes after that decides whether eight can be read at once.
        for tail in 0...12 {
            let text = "5\r\nabcd\n\r\n" + odd + "3\r\nxyz\r\n" + String("10\r\n0123456789abcdef\r\n".prefix(tail))
            let all = Array(text.utf8)
            var whole = ReplyBody(.chunked)
            var single = ReplyBody(.chunked)
            var isComplete = false
            var consumed = 0
            var hasFailed = false
            do {
                for byte in all where !isComplete {
                    let burst = try single.follow([byte].span, from: 0)
                    isComplete = burst.isComplete
                    consumed += burst.consumed
                }
            } catch { hasFailed = true }
            do {
                let burst = try whole.follow(all.span, from: 0)
                #expect(!hasFailed && burst.isComplete == isComplete && burst.consumed == consumed, "\(text)")
                #expect(whole.dataBytes == single.dataBytes && whole.chunks == single.chunks, "\(text)")
                #expect(whole.lastBytes == single.lastBytes, "\(text)")
            } catch { #expect(hasFailed, "\(text)") }
        }
    }
}
