// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PaddockProxy
import Synchronization
import Testing

@testable import PaddockServer
@testable import PaddockStore

@Suite("Files of clients")
struct FileStoreTests {
    /// A folder with a store that is opened again and again.
    private final class Place {
        let path = FileManager.default.temporaryDirectory.appending(path: "paddock-files-\(UUID().uuidString)").path()

        deinit { try? FileManager.default.removeItem(atPath: self.path) }

        func open(_ limits: FileLimits = FileLimits(), maxPages: Int? = nil) throws -> FileStore {
            try #require(try FileStore(try Store(folder: self.path, maxPages: maxPages), limits: limits))
        }

        /// The names of what is in the folder of files.
        var names: [String] {
            get throws { try FileManager.default.contentsOfDirectory(atPath: self.path + "/files").sorted() }
        }
    }

    @discardableResult
    private static func upload(
        _ text: String,
        of owner: String = "alice",
        lifetime: Int? = nil,
        to files: FileStore
    ) throws -> FileStore.File {
        let arriving = try files.beginUpload(of: owner)
        try arriving.append(Array(text.utf8))
        return try arriving.finish("input.jsonl", lifetime: lifetime)
    }

    /// The status and code of the error of something.
    private static func refusal(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch let error as ErrorReply {
            return "\(error.status) \(error.code)"
        } catch {
            return "\(error)"
        }
    }

    @Test("An upload is a file of its owner alone, for the user of the process only, and is there after a restart")
    func upload() throws {
        let place = Place()
        let file = try {
            let files = try place.open()
            let file = try Self.upload("one\ntwo\n", to: files)
            #expect(try files.file(file.id, of: "alice") == file)
            #expect(try files.file(file.id, of: nil) == file)
            #expect(Self.refusal { _ = try files.file(file.id, of: "bob") } == "404 not_found")
            #expect(Self.refusal { try files.delete(file.id, of: "bob") } == "404 not_found")
            #expect(try files.list(of: "bob", limit: 10).isEmpty)
            return file
        }()
        let files = try place.open()
        #expect(try files.list(of: "alice", limit: 10) == [file])
        #expect(file.bytes == 8 && file.purpose == .batch && file.filename == "input.jsonl")
        #expect(file.expiresAt == file.createdAt + 30 * 86_400)
        #expect(FileManager.default.contents(atPath: files.path(of: file.id)) == Data("one\ntwo\n".utf8))
        #expect(files.usedBytes == 8 + FileLimits.overhead)
        let rights = try FileManager.default.attributesOfItem(atPath: files.path(of: file.id))[.posixPermissions]
        #expect(rights as? Int == 0o600)
        #expect(
            try FileManager.default.attributesOfItem(atPath: place.path + "/files")[.posixPermissions] as? Int == 0o700
        )
        try files.delete(file.id, of: "alice")
        #expect(try place.names.isEmpty && files.usedBytes == 0)
        #expect(Self.refusal { try files.delete(file.id, of: "alice") } == "404 not_found")
    }

    @Test("Without a folder there are no files")
    func memory() throws {
        #expect(try FileStore(try Store(inMemoryBecause: "of the test")) == nil)
    }

    @Test("What is only half there is removed at the start, and nothing else")
    func leftovers() throws {
        let place = Place()
        var kept: [String] = []
        try {
            let files = try place.open()
            let lost = try Self.upload("lost", to: files)
            kept.append(try Self.upload("kept", to: files).id)
            kept.append(try files.makeOutput(of: "alice", filename: "output.jsonl").id)
            try FileManager.default.removeItem(atPath: files.path(of: lost.id))
            let folder = place.path + "/files/"
            for name in ["file-unknown", "file-unknown.part", "notes"] {
                #expect(FileManager.default.createFile(atPath: folder + name, contents: Data("x".utf8)))
            }
            try Data("half a line".utf8).write(to: URL(filePath: files.path(of: kept[1])))
        }()
        let files = try place.open()
        #expect(try place.names == (kept + ["notes"]).sorted())
        #expect(try files.list(of: "alice", limit: 10).map(\.id) == [kept[0]])
        #expect(files.usedBytes == 4 + 11 + 2 * FileLimits.overhead)
    }

    @Test("An upload that is given up leaves nothing, nor does one that is released")
    func givenUp() throws {
        let place = Place()
        let files = try place.open()
        let arriving = try files.beginUpload(of: "alice")
        try arriving.append(Array("some".utf8))
        #expect(try place.names.count == 1 && files.usedBytes == 4 + FileLimits.overhead)
        arriving.discard()
        #expect(try place.names.isEmpty && files.usedBytes == 0)
        try { try files.beginUpload(of: "alice").append([1]) }()
        #expect(try place.names.isEmpty && files.usedBytes == 0)
        #expect(try files.list(of: "alice", limit: 10).isEmpty)
    }

    @Test("A file that is too long is 413, and all files together that take too much are 507; both leave nothing")
    func bounds() throws {
        let place = Place()
        var limits = FileLimits()
        limits.upload = 10
        limits.total = 2 * FileLimits.overhead + 15
        let files = try place.open(limits)
        #expect(Self.refusal { try Self.upload("elevenbytes", to: files) } == "413 file_too_large")
        #expect(files.usedBytes == 0)
        let first = try Self.upload("ten bytes!", to: files)
        #expect(Self.refusal { try Self.upload("sixsix", to: files) } == "507 insufficient_storage")
        #expect(try place.names == [first.id])
        try Self.upload("fives", to: files)
        #expect(Self.refusal { _ = try files.beginUpload(of: "bob") } == "507 insufficient_storage")
        #expect(Self.refusal { _ = try files.makeOutput(of: "bob", filename: "x") } == "507 insufficient_storage")
        #expect(files.freeBytes == 0)
        // A limit that is lowered removes nothing.
        limits.total = 1
        files.limits = limits
        #expect(try files.file(first.id, of: "alice") == first && files.freeBytes < 0)
    }

    @Test("Uploads that arrive at once are within the bound together")
    func atOnce() throws {
        let place = Place()
        var limits = FileLimits()
        limits.total = 4 * (FileLimits.overhead + 1000)
        let files = try place.open(limits)
        let refused = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 20) { _ in
            do throws(ErrorReply) {
                let arriving = try files.beginUpload(of: "alice")
                for _ in 0..<10 { try arriving.append([UInt8](repeating: 7, count: 100)) }
                _ = try arriving.finish("x", lifetime: nil)
            } catch {
                refused.withLock { $0 += 1 }
            }
        }
        let kept = try files.list(of: "alice", limit: 100).count
        #expect(kept <= 4 && kept + refused.withLock { $0 } == 20)
        #expect(files.usedBytes == kept * (FileLimits.overhead + 1000) && files.usedBytes <= limits.total)
        #expect(try place.names.count == kept)
    }

    @Test("A client that has too many files gets 409, others do not")
    func tooMany() throws {
        let place = Place()
        let files = try place.open()
        let arriving = try (0..<FileLimits.perClient).map { _ in try files.beginUpload(of: "alice") }
        #expect(Self.refusal { _ = try files.beginUpload(of: "alice") } == "409 too_many_files")
        _ = try files.beginUpload(of: "bob")
        // A job's output is never one too many.
        _ = try files.makeOutput(of: "alice", filename: "output.jsonl")
        arriving[0].discard()
        arriving[1].discard()
        _ = try files.beginUpload(of: "alice")
    }

    @Test("A store that is full is 507, and leaves no file without a row")
    func full() throws {
        let place = Place()
        let files = try place.open(maxPages: 45)
        var kept = 0
        var refusal: String?
        while refusal == nil, kept < 1_000 {
            refusal = Self.refusal {
                let arriving = try files.beginUpload(of: "alice")
                _ = try arriving.finish(String(repeating: "x", count: 2_000), lifetime: nil)
            }
            if refusal == nil { kept += 1 }
        }
        #expect(refusal == "507 insufficient_storage")
        #expect(try place.names.count == kept && kept > 0)
        #expect(files.usedBytes == kept * FileLimits.overhead)
    }

    @Test("An output is listed once it is published, with its length")
    func output() throws {
        let place = Place()
        let files = try place.open()
        let output = try files.makeOutput(of: "alice", filename: "output.jsonl")
        #expect(output.purpose == .batchOutput && !output.isPublished)
        try Data("three lines".utf8).write(to: URL(filePath: files.path(of: output.id)))
        files.grew(output.id, by: 9)
        try files.reserve(2, for: output.id)
        #expect(files.usedBytes == FileLimits.overhead + 11)
        #expect(Self.refusal { _ = try files.file(output.id, of: "alice") } == "404 not_found")
        #expect(Self.refusal { try files.delete(output.id, of: "alice") } == "404 not_found")
        try files.publish(output.id, bytes: 11)
        #expect(try files.list(of: "alice", purpose: .batchOutput, limit: 10).map(\.bytes) == [11])
        #expect(try files.list(of: "alice", purpose: .batch, limit: 10).isEmpty)
        try files.delete(output.id, of: "alice")
        #expect(files.usedBytes == 0)
        // One of a job that came to nothing.
        let other = try files.makeOutput(of: "alice", filename: "output.jsonl")
        files.grew(other.id, by: 5)
        try files.delete(other.id, of: nil)
        #expect(try files.usedBytes == 0 && place.names.isEmpty)
    }

    @Test("A file that a job needs is neither deleted nor removed for its age")
    func inUse() throws {
        let place = Place()
        let files = try place.open()
        let used = try Self.upload("used", to: files)
        let unused = try Self.upload("unused", to: files)
        files.isInUse = { $0 == used.id }
        #expect(Self.refusal { try files.delete(used.id, of: "alice") } == "409 file_in_use")
        var limits = files.limits
        limits.days = 1
        files.limits = limits
        try files.removeExpired(now: used.createdAt + 86_400)
        #expect(try files.list(of: "alice", limit: 10).count == 2)
        try files.removeExpired(now: used.createdAt + 86_402)
        #expect(try files.list(of: "alice", limit: 10).map(\.id) == [used.id])
        #expect(try place.names == [used.id] && files.usedBytes == 4 + FileLimits.overhead)
        #expect(Self.refusal { _ = try files.file(unused.id, of: "alice") } == "404 not_found")
    }

    @Test("A file with a lifetime is removed after it, and a clock that jumps removes nothing")
    func lifetime() throws {
        let place = Place()
        let files = try place.open()
        let file = try Self.upload("short", lifetime: 3_600, to: files)
        #expect(file.expiresAt == file.createdAt + 3_600)
        try files.removeExpired(now: file.createdAt)
        try files.removeExpired(now: file.createdAt + 400 * 86_400)
        try files.removeExpired(now: file.createdAt)
        #expect(try files.list(of: "alice", limit: 10) == [file])
        try files.removeExpired(now: file.createdAt + 3_600)
        #expect(try files.list(of: "alice", limit: 10).isEmpty)
    }

    @Test("Lists go on behind a file, in both orders")
    func pages() throws {
        let place = Place()
        let files = try place.open()
        let ids = try (0..<5).map { try Self.upload("\($0)", to: files).id }
        #expect(try files.list(of: "alice", limit: 2).map(\.id) == [ids[4], ids[3]])
        #expect(try files.list(of: "alice", after: ids[3], limit: 9).map(\.id) == [ids[2], ids[1], ids[0]])
        #expect(try files.list(of: "alice", after: ids[1], limit: 2, isAscending: true).map(\.id) == [ids[2], ids[3]])
        #expect(Self.refusal { _ = try files.list(of: "bob", after: ids[1], limit: 2) } == "404 not_found")
    }
}

extension FileStore {
    fileprivate func list(
        of owner: String,
        purpose: Purpose? = nil,
        after: String? = nil,
        limit: Int,
        isAscending: Bool = false
    ) throws(ErrorReply) -> [File] {
        var query = FileQuery(owner: owner, limit: limit)
        query.purpose = purpose?.rawValue
        if let after { query.start = .behind(after) }
        query.isAscending = isAscending
        return try self.list(query)
    }
}
