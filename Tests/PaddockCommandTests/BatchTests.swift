// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import PaddockClient
import PaddockJSON
import Testing

@testable import paddock

@Suite("paddock batch")
struct BatchTests {
    private static func batch(_ status: String, _ counts: BatchReply.Counts = .init()) -> BatchReply {
        BatchReply(
            id: "batch_1",
            status: status,
            endpoint: "/v1/embeddings",
            inputFile: "file-1",
            createdAt: 0,
            counts: counts
        )
    }

    @Test("A job is read as OpenAI's API shows it")
    func reading() throws {
        let text = """
            {"id":"batch_1","object":"batch","endpoint":"/v1/embeddings","errors":{"object":"list","data":[{"code":"c","line":4,
            "message":"m","param":null},{"code":null}]},"input_file_id":"file-1","completion_window":"24h","status":"failed",
            "output_file_id":null,"error_file_id":"file-3","created_at":5,"in_progress_at":null,"failed_at":9,
            "request_counts":{"total":3,"completed":1,"failed":2},"metadata":{"a":"b"}}
            """
        let batch = try BatchReply(json: JSONValue(parsing: Array(text.utf8)))
        #expect(batch.counts.done == 3 && batch.endedAt == 9 && batch.startedAt == nil && batch.isOver)
        #expect(batch.problems.map(\.line) == [4, nil] && batch.problems.map(\.code) == ["c", nil])
        #expect(batch.outputFile == nil && batch.errorFile == "file-3" && batch.owner == nil)
        let young =
            #"{"id":"b","status":"validating","endpoint":"/v1/x","input_file_id":"f","completion_window":"1h","created_at":1}"#
        #expect(try BatchReply(json: JSONValue(parsing: Array(young.utf8))).counts == BatchReply.Counts())
    }

    @Test("The speed is that of the last minute, and says when it ends")
    func speed() {
        var progress = BatchProgress()
        progress.note(10, at: .zero)
        #expect(progress.rate == nil)
        progress.note(30, at: .seconds(10))
        #expect(progress.rate == 2)
        for second in 11...200 { progress.note(30, at: .seconds(second)) }
        #expect(progress.rate == 0)
        let counts = BatchReply.Counts(total: 100, completed: 30, failed: 10)
        #expect(BatchProgress.secondsLeft(counts, rate: 2) == 30)
        #expect(
            BatchProgress.secondsLeft(counts, rate: 0) == nil && BatchProgress.secondsLeft(counts, rate: nil) == nil
        )
    }

    @Test("A line has what is known")
    func line() {
        func line(_ batch: BatchReply, rate: Double? = nil, barWidth: Int = 0) -> String {
            BatchProgress.line(batch, rate: rate, barWidth: barWidth, isPlain: true)
        }
        #expect(line(Self.batch("validating"), barWidth: 10) == "validating")
        let counts = BatchReply.Counts(total: 4, completed: 1, failed: 1)
        #expect(line(Self.batch("in_progress", counts)) == "in progress, 2 of 4 done, 1 failed")
        let running = line(Self.batch("in_progress", counts), rate: 0.5, barWidth: 4)
        #expect(running == "##.. in progress, 2 of 4 done, 1 failed, 0.50/s, 4.00 s left")
        // What is over has no speed.
        #expect(line(Self.batch("cancelled", counts), rate: 0.5) == "cancelled, 2 of 4 done, 1 failed")
    }

    @Test("A file is sent in pieces between the parts of a form")
    func multipart() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "paddock-batch-\(UUID().uuidString)\".jsonl")
        let content = Data(repeating: 0x41, count: 200_000)
        try content.write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let body = try MultipartFile.body(of: url.path(percentEncoded: false), boundary: "edge") { _, _ in }
        var pieces: [Data] = []
        while let piece = try body.next() { pieces.append(Data(piece.readableBytesView)) }
        #expect(pieces.count == 6 && pieces.allSatisfy { $0.count <= 1 << 16 })
        let whole = pieces.reduce(Data(), +)
        #expect(whole.count == body.length && body.contentType == "multipart/form-data; boundary=edge")
        let text = String(decoding: whole, as: UTF8.self)
        let purpose = "--edge\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--edge\r\n"
        #expect(text.hasPrefix(purpose) && text.hasSuffix("A\r\n--edge--\r\n") && text.contains("%22.jsonl\"\r\n"))
        #expect(throws: CommandFailure.self) { try MultipartFile.body(of: "/dev", boundary: "edge") { _, _ in } }
    }
}
