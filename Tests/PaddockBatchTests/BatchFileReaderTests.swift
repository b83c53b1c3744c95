// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockBatch
import Testing

@Suite("Input files")
struct BatchFileReaderTests {
    private func line(_ id: String, _ model: String = "m") -> String {
        #"{"custom_id":"\#(id)","method":"POST","url":"/v1/embeddings","body":{"model":"\#(model)","input":"x"}}"#
    }

    private func read(_ text: String, pieces: Int = 65_536) -> (table: BatchTable, problems: [BatchProblem]) {
        var reader = BatchFileReader(endpoint: .embeddings)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            reader.feed(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        return reader.finish()
    }

    @Test("The pieces make no difference, nor do blank lines, other line breaks, or a byte order mark")
    func pieces() {
        let text = "\u{FEFF}" + self.line("1") + "\r\n\n  \t\n" + self.line("2", "n") + "\n" + self.line("3")
        let whole = self.read(text)
        #expect(whole.problems == [])
        #expect(whole.table.count == 3)
        for size in [1, 2, 3, 7, 100] {
            #expect(self.read(text, pieces: size) == whole)
        }
    }

    @Test("Requests are found again by where their lines begin")
    func offsets() {
        let text = "\u{FEFF}" + self.line("1") + "\n\n" + self.line("22") + "\n" + self.line("3") + "\n"
        let bytes = Array(text.utf8)
        var machine = BatchMachine(slots: 9)
        _ = machine.add(BatchEntry(id: "batch_a", owner: "o", expiresAt: .distantFuture), now: .zero)
        let actions = machine.read("batch_a", self.read(text).table, now: .zero)
        let ids = actions.starts.map { start in
            let line = bytes[start.offset...].prefix { $0 != UInt8(ascii: "\n") }
            return try? BatchInput(Array(line), endpoint: .embeddings).customID
        }
        #expect(ids == ["1", "22", "3"])
    }

    @Test("All problems are listed with the numbers of their lines")
    func problems() {
        let text = [self.line("1"), "x", "", self.line("1"), "{}"].joined(separator: "\n")
        let problems = self.read(text).problems
        #expect(problems.map(\.line) == [2, 4, 5])
        #expect(problems.map(\.code) == ["invalid_json_line", "duplicate_custom_id", "missing_required_parameter"])
    }

    @Test("A file without a request is refused", arguments: ["", "\n", " \r\n\n\t", "\u{FEFF}\n"])
    func empty(text: String) {
        let problems = self.read(text).problems
        #expect(problems.map(\.code) == ["empty_file"])
        #expect(problems.map(\.line) == [nil])
    }

    @Test("At most a hundred problems are listed")
    func manyProblems() {
        let problems = self.read(String(repeating: "x\n", count: 1000)).problems
        #expect(problems.count == 100)
        #expect(problems.last?.line == 100)
    }

    @Test("A line of a mebibyte is read, a longer one is a problem")
    func longLines() {
        let frame = self.line("1", "").utf8.count
        let longest = self.line("1", String(repeating: "x", count: (1 << 20) - frame))
        #expect(self.read(longest).problems == [])
        let problems = self.read(longest + " \n" + self.line("2")).problems
        #expect(problems.map(\.code) == ["line_too_long"])
        #expect(problems.map(\.line) == [1])
    }

    @Test("A file has at most 50,000 requests")
    func manyRequests() {
        var text = ""
        for number in 1...50_000 { text += self.line("\(number)") + "\n" }
        let most = self.read(text)
        #expect(most.problems == [])
        #expect(most.table.count == 50_000)
        let problems = self.read(text + self.line("one more")).problems
        #expect(problems.map(\.code) == ["too_many_tasks"])
        #expect(problems.map(\.line) == [50_001])
    }
}
