// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import PaddockBatch
import PaddockJSON
import PaddockProxy
import PaddockSystem
import Synchronization
import Testing

@testable import PaddockServer
@testable import PaddockStore

/// Jobs with a gateway that the test plays.
@Suite("Batch jobs on the disk")
struct BatchRunnerTests {
    /// A folder with a store that is opened again and again.
    private final class Place {
        let path = FileManager.default.temporaryDirectory.appending(path: "paddock-batch-\(UUID().uuidString)").path()
        let store: Store
        let files: FileStore

        private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

        init() throws {
            self.store = try Store(folder: self.path)
            self.files = try #require(try FileStore(self.store))
        }

        deinit { try? FileManager.default.removeItem(atPath: self.path) }

        func runner() throws -> BatchRunner {
            try BatchRunner(
                self.store,
                self.files,
                slots: 2,
                logger: Self.logger,
                events: EventLog(nil, Self.logger)
            )
        }

        func upload(_ count: Int) throws -> String {
            let lines = (1...count).map { number in
                #"{"custom_id":"\#(number)","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"\#(number)"}}"#
            }
            let arriving = try self.files.beginUpload(of: "alice")
            try arriving.append(Array(lines.joined(separator: "\n").utf8))
            return try arriving.finish("in.jsonl", lifetime: nil).id
        }

        func keep(_ file: String, ending seconds: Int, _ change: (inout StoredBatch) -> Void) throws -> StoredBatch {
            let now = WallClock.secondsSince1970()
            var batch = StoredBatch(
                id: "batch_1",
                owner: "alice",
                endpoint: "/v1/embeddings",
                inputFile: file,
                window: "24h",
                time: now - 1000..<now + seconds
            )
            change(&batch)
            try BatchJobTable(self.store).keep(batch)
            return batch
        }

        func lines(_ id: String?) throws -> [JSONValue] {
            guard let id else { return [] }
            let text = try String(contentsOfFile: self.files.path(of: id), encoding: .utf8)
            return try text.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
        }
    }

    /// The bodies of the requests that were run.
    private final class Gateway: Sendable {
        private let kept = Mutex<[String]>([])
        var bodies: [String] { self.kept.withLock { $0 } }

        func run(_ request: BatchRequest, _ done: @escaping @Sendable (BatchReply) -> Void) -> @Sendable () -> Void {
            self.kept.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
            var reply = BatchReply("r")
            (reply.status, reply.body, reply.outcome) = (200, Array("{}".utf8), .answered)
            done(reply)
            return {}
        }
    }

    private func end(_ id: String, of runner: BatchRunner) async throws -> BatchRunner.Shown {
        for _ in 0..<10_000 {
            let shown = try runner.batch(id, of: "alice")
            if BatchStatus(rawValue: shown.batch.status)?.isFinal == true { return shown }
            await runner.flush(within: .seconds(10))
        }
        return try runner.batch(id, of: "alice")
    }

    @Test("A job runs each request once and is in the store at its end")
    func whole() async throws {
        let place = try Place()
        let (runner, gateway) = (try place.runner(), Gateway())
        runner.start(gateway.run)
        let text = #"{"input_file_id":"\#(try place.upload(50))","endpoint":"/v1/embeddings","completion_window":"2d"}"#
        let made = try runner.make(try BatchCreation(json: Array(text.utf8)), of: "alice")
        #expect(throws: ErrorReply.self) { try runner.batch(made.batch.id, of: "bob") }
        let shown = try await self.end(made.batch.id, of: runner)
        #expect(shown.batch.status == "completed")
        #expect(shown.counts == BatchCounts(total: 50, completed: 50))
        #expect(Set(gateway.bodies).count == 50)
        #expect(gateway.bodies.count == 50)
        let ids = try place.lines(shown.batch.outputFile).compactMap { $0["custom_id"]?.string }
        #expect(Set(ids) == Set((1...50).map(String.init)))
        #expect(throws: ErrorReply.self) { try runner.cancel(made.batch.id, of: "alice") }
        #expect(try place.files.file(try #require(shown.batch.outputFile), of: "alice").bytes > 0)
    }

    @Test("After a crash the rest of a line is cut off, and only what is missing runs")
    func crash() async throws {
        let place = try Place()
        let output = try place.files.makeOutput(of: "alice", filename: "out").id
        let orphan = try place.files.makeOutput(of: "alice", filename: "out").id
        func line(_ number: Int) -> [UInt8] {
            OutputLine.reply(
                id: OutputLine.id(of: number - 1, in: "batch_1"),
                customID: "\(number)",
                status: 200,
                requestID: "r",
                body: Array("{}".utf8)
            )
        }
        try Folder.append(line(2) + line(4) + line(1).dropLast(7), to: place.files.path(of: output))
        let file = try place.upload(5)
        _ = try place.keep(file, ending: 1000) { batch in
            batch.status = "in_progress"
            batch.outputFile = output
        }
        let (runner, gateway) = (try place.runner(), Gateway())
        #expect(throws: ErrorReply.self) { try place.files.delete(file, of: "alice") }
        #expect(!FileManager.default.fileExists(atPath: place.files.path(of: orphan)))
        runner.start(gateway.run)
        let shown = try await self.end("batch_1", of: runner)
        #expect(shown.batch.status == "completed")
        #expect(gateway.bodies.count == 3)
        let ids = try place.lines(shown.batch.outputFile).compactMap { $0["custom_id"]?.string }
        #expect(ids.sorted() == ["1", "2", "3", "4", "5"])
        try place.files.delete(file, of: "alice")
    }

    @Test("A job whose window ended while the gateway was off runs nothing, and each request is an error")
    func expired() async throws {
        let place = try Place()
        _ = try place.keep(try place.upload(450), ending: -1) { $0.status = "in_progress" }
        let (runner, gateway) = (try place.runner(), Gateway())
        runner.start(gateway.run)
        let shown = try await self.end("batch_1", of: runner)
        #expect(shown.batch.status == "expired")
        #expect(shown.batch.times["expired"] != nil)
        #expect(shown.batch.outputFile == nil)
        #expect(gateway.bodies.isEmpty)
        let errors = try place.lines(shown.batch.errorFile)
        #expect(Set(errors.compactMap { $0["custom_id"]?.string }).count == 450)
        #expect(errors.allSatisfy { $0["error"]?["code"] == .string("batch_expired") })
    }

    @Test("A job whose input file is gone fails")
    func gone() async throws {
        let place = try Place()
        _ = try place.keep("file-gone", ending: 1000) { _ in }
        let (runner, gateway) = (try place.runner(), Gateway())
        runner.start(gateway.run)
        let shown = try await self.end("batch_1", of: runner)
        #expect(shown.batch.status == "failed")
        #expect(shown.batch.errors?.contains("file_unreadable") == true)
    }
}
