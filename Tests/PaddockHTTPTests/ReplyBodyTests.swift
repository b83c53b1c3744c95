// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP
import Testing

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
            }
        }
    }

    @Test("Wherever the reply breaks off, one more line can be put behind what was relayed")
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
}
