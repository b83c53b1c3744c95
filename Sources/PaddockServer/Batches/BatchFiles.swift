// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBatch
internal import PaddockProxy
internal import PaddockSystem
internal import Synchronization

/// The files of a live job. Its calls block, and those that write are made one after the other.
///
/// Between two calls no descriptor is open, so that many jobs take none.
final class BatchFiles: Sendable {
    /// What the files of a job say when it begins or is continued.
    struct Reading: Sendable {
        /// Where its requests are.
        var table: BatchTable
        /// What is wrong with the input file.
        var problems: [BatchProblem]
        /// The requests that are in the output file.
        var completed: [Int] = []
        /// The requests that are in the error file.
        var failed: [Int] = []
    }

    /// An output or an error file.
    private struct Output {
        /// Its id; nil before its first line.
        var id: String?
        /// How many bytes belong to whole lines.
        var bytes = 0
        /// Whether the file may have more than that.
        var hasTail = false
        /// Whether there are lines that the disk may not have.
        var isDirty = false
    }

    private struct State {
        private var output: Output
        private var errors: Output

        init(output: String?, errors: String?) { (self.output, self.errors) = (Output(id: output), Output(id: errors)) }

        /// The error file, or the output file.
        subscript(isError isError: Bool) -> Output {
            get { isError ? self.errors : self.output }
            set { if isError { self.errors = newValue } else { self.output = newValue } }
        }
    }

    private static let pieceBytes = 1 << 16

    private let job: String
    private let owner: String
    private let endpoint: BatchEndpoint
    private let input: String
    private let files: FileStore
    private let state: Mutex<State>

    /// - Parameters:
    ///   - job: the id of the job.
    ///   - owner: whose it is.
    ///   - endpoint: the route of its requests.
    ///   - ids: the ids of its files; nil for those that have not been made.
    ///   - files: where they are.
    init(
        _ job: String,
        of owner: String,
        _ endpoint: BatchEndpoint,
        _ ids: (input: String, output: String?, errors: String?),
        in files: FileStore
    ) {
        self.job = job
        self.owner = owner
        self.endpoint = endpoint
        self.input = files.path(of: ids.input)
        self.files = files
        self.state = Mutex(State(output: ids.output, errors: ids.errors))
    }

    /// The ids of the output and the error file; nil for those that have not been made.
    var ids: (output: String?, errors: String?) {
        self.state.withLock { ($0[isError: false].id, $0[isError: true].id) }
    }

    // MARK: - Reading

    /// Reads all files. What a crash has left at the end of one is cut off.
    func read() throws(ErrorReply) -> Reading {
        var reader = BatchFileReader(endpoint: self.endpoint)
        try Self.perform { () throws(SystemError) in
            try Folder.read(self.input, pieceBytes: Self.pieceBytes) { piece in
                reader.feed(piece[...])
                return !reader.hasSeenEnough
            }
        }
        let (table, problems) = reader.finish()
        var reading = Reading(table: table, problems: problems)
        reading.completed = try self.readOutput(isError: false)
        reading.failed = try self.readOutput(isError: true)
        return reading
    }

    private func readOutput(isError: Bool) throws(ErrorReply) -> [Int] {
        guard let id = self.state.withLock({ $0[isError: isError].id }) else { return [] }
        let path = self.files.path(of: id)
        var journal = OutputJournal(of: self.job)
        var length = 0
        try Self.perform { () throws(SystemError) in
            try Folder.read(path, pieceBytes: Self.pieceBytes) { piece in
                length += piece.count
                journal.feed(piece[...])
                return true
            }
            if length > journal.wholeBytes { try Folder.cut(path, to: journal.wholeBytes) }
        }
        self.files.grew(id, by: journal.wholeBytes - length)
        let bytes = journal.wholeBytes
        self.state.withLock { $0[isError: isError] = Output(id: id, bytes: bytes, isDirty: true) }
        return journal.lines
    }

    /// Reads a request.
    ///
    /// - Parameter offset: where its line begins in the input file.
    /// - Returns: what its client calls it, and its body.
    func request(at offset: Int) throws(ErrorReply) -> (customID: String, body: [UInt8]) {
        var line: [UInt8] = []
        try Self.perform { () throws(SystemError) in
            try Folder.read(self.input, from: offset, pieceBytes: Self.pieceBytes) { piece in
                let end = piece.firstIndex(of: UInt8(ascii: "\n"))
                line += piece[..<(end ?? piece.count)]
                return end == nil && line.count <= BatchFileReader.maxLineBytes
            }
        }
        do throws(BatchProblem) {
            let input = try BatchInput(line, endpoint: self.endpoint)
            return (input.customID, Array(line[input.body]))
        } catch {
            throw ErrorReply(500, "internal_error", "an input file has changed: \(error.message)")
        }
    }

    // MARK: - Writing

    /// Appends lines to the output or the error file: all of them, or nothing.
    ///
    /// - Returns: whether the file was made for them.
    /// - Throws: 507, or 500 and 503 if the disk or the store fail.
    func append(_ lines: [UInt8], isError: Bool) throws(ErrorReply) -> Bool {
        var output = self.state.withLock { $0[isError: isError] }
        let isNew = output.id == nil
        let id: String
        if let known = output.id {
            id = known
        } else {
            id = try self.files.makeOutput(
                of: self.owner,
                filename: "\(self.job)_\(isError ? "error" : "output").jsonl"
            ).id
            output.id = id
            self.state.withLock { [output] in $0[isError: isError] = output }
        }
        let path = self.files.path(of: id)
        try self.files.reserve(lines.count, for: id)
        do throws(SystemError) {
            if output.hasTail { try Folder.cut(path, to: output.bytes) }
            try Folder.append(lines, to: path)
            output.bytes += lines.count
            output.hasTail = false
            output.isDirty = true
            self.state.withLock { [output] in $0[isError: isError] = output }
        } catch {
            // A part of it may have been written; it is cut off now, or in front of the next line.
            output.hasTail = (try? Folder.cut(path, to: output.bytes)) == nil
            self.state.withLock { [output] in $0[isError: isError] = output }
            self.files.grew(id, by: -lines.count)
            throw ErrorReply(error)
        }
        return isNew
    }

    /// Returns when the disk has all lines.
    func sync() throws(ErrorReply) {
        for isError in [false, true] {
            let output = self.state.withLock { $0[isError: isError] }
            guard let id = output.id, output.isDirty else { continue }
            try Self.perform { () throws(SystemError) in
                if output.hasTail { try Folder.cut(self.files.path(of: id), to: output.bytes) }
                try Folder.sync(self.files.path(of: id))
            }
            self.state.withLock {
                $0[isError: isError].hasTail = false
                if $0[isError: isError].bytes == output.bytes { $0[isError: isError].isDirty = false }
            }
        }
    }

    /// Shows the files to the owner, as they are complete.
    func publish() throws(ErrorReply) {
        for output in self.state.withLock({ [$0[isError: false], $0[isError: true]] }) {
            if let id = output.id { try self.files.publish(id, bytes: output.bytes) }
        }
    }

    private static func perform(_ body: () throws(SystemError) -> Void) throws(ErrorReply) {
        do throws(SystemError) { try body() } catch { throw ErrorReply(error) }
    }
}
