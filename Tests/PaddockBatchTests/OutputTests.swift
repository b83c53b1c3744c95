// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBatch
import PaddockJSON
import Testing

@Suite("Output files")
struct OutputTests {
    private func reply(_ line: Int, body: String, in job: String = "batch_7f") -> [UInt8] {
        OutputLine.reply(
            id: OutputLine.id(of: line, in: job),
            customID: "c\"\(line)",
            status: 200,
            requestID: "r",
            body: Array(body.utf8)
        )
    }

    private func error(_ line: Int, in job: String = "batch_7f") -> [UInt8] {
        OutputLine.error(id: OutputLine.id(of: line, in: job), customID: "c", code: "batch_expired", message: "m")
    }

    @Test("A line has the fields of OpenAI's API")
    func fields() throws {
        #expect(
            String(decoding: self.reply(0, body: #"{"a":1.50}"#), as: UTF8.self)
                == #"{"id":"batch_req_7f_1","custom_id":"c\"0","response":{"status_code":200,"request_id":"r","body":{"a":1.50}},"error":null}"#
                + "\n"
        )
        #expect(
            String(decoding: self.error(41), as: UTF8.self)
                == #"{"id":"batch_req_7f_42","custom_id":"c","response":null,"error":{"code":"batch_expired","message":"m"}}"#
                + "\n"
        )
    }

    @Test(
        "Whatever the body, a line is one line of JSON",
        arguments: ["{\n\r \"a\" : \"\\n\"}\n", "no\nJSON", "", "\u{FEFF}{}"]
    )
    func oneLine(body: String) throws {
        let line = self.reply(0, body: body)
        #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
        #expect(line.last == UInt8(ascii: "\n"))
        let json = try JSONValue(parsing: line)
        let shown = json["response"]?["body"]
        #expect(shown == (try? JSONValue(parsing: Array(body.utf8))) ?? .string(body))
    }

    @Test("Bytes that are no UTF-8 do not reach the file")
    func invalidText() throws {
        let line = OutputLine.reply(id: "i", customID: "c", status: 200, requestID: "r", body: [0x22, 0xFF, 0x22])
        #expect(String(validating: line, as: UTF8.self) != nil)
    }

    @Test("The files say which requests are done")
    func journal() {
        let bytes =
            self.reply(2, body: "{}") + self.error(0) + self.reply(11, body: String(repeating: "x", count: 1000))
        for size in [1, 5, 64, 5000] {
            var journal = OutputJournal(of: "batch_7f")
            var rest = bytes[...]
            while !rest.isEmpty {
                journal.feed(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            #expect(journal.lines == [2, 0, 11])
            #expect(journal.wholeBytes == bytes.count)
        }
    }

    @Test("What a crash left of a line is not whole, wherever it was cut")
    func cut() {
        let first = self.reply(4, body: "{}")
        let second = self.error(5)
        for length in 0..<second.count {
            var journal = OutputJournal(of: "batch_7f")
            journal.feed((first + second.prefix(length))[...])
            #expect(journal.lines == [4])
            #expect(journal.wholeBytes == first.count)
        }
    }

    @Test("Nothing counts behind what is no line of the job")
    func foreign() {
        let first = self.reply(4, body: "{}")
        let zeros = [UInt8](repeating: 0, count: 30)
        for tail in [
            self.error(5, in: "batch_8f"), Array("{}\n".utf8), zeros + [0x0A],
            Array(self.error(5).dropLast(5)) + zeros + [0x0A],
        ] {
            var journal = OutputJournal(of: "batch_7f")
            journal.feed((first + tail + self.error(6))[...])
            #expect(journal.lines == [4])
            #expect(journal.wholeBytes == first.count)
        }
    }
}
