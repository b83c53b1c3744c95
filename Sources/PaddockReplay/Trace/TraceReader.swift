// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
package import PaddockSystem

/// Reads a trace piece by piece, and keeps of each line only what a replay needs.
///
/// Lines that are not such JSON, or longer than ``maxLineBytes``, are counted and skipped; empty lines do not count.
package struct TraceReader {
    /// The longest line that is read.
    package static let maxLineBytes = 65_536
    private static let pieceBytes = 1 << 20

    /// The lines that were skipped.
    package private(set) var skipped = 0
    /// The lines that were taken.
    package var count: Int { self.requests.count }

    private var requests: [ReplayRequest] = []
    private var models: [ModelName] = []
    private var modelIndices: [String: Int32] = [:]
    private var clients: [Client] = []
    private var clientIndices: [String: Int32] = [:]
    private var backendIndices: [String: Int32] = [:]
    /// The beginning of a line whose rest has not arrived yet.
    private var rest: [UInt8] = []
    private var isRestTooLong = false

    /// Makes a reader that has read nothing.
    package init() {}

    /// Reads a file from its beginning to its end.
    ///
    /// - Parameter path: the file.
    /// - Returns: the trace, and how many lines were skipped.
    /// - Throws: if it cannot be read.
    package static func read(path: String) throws(FileError) -> (trace: ReplayTrace, skipped: Int) {
        var reader = TraceReader()
        do throws(SystemError) {
            let file = try InputFile(path)
            var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
            while true {
                let count = try file.read(into: &piece)
                if count == 0 { break }
                reader.take(piece.span.extracting(0..<count))
            }
        } catch {
            throw FileError(path: path, error)
        }
        let skipped = reader.finish()
        return (reader.trace(), skipped)
    }

    /// Takes the next piece of a trace, which may end anywhere.
    package mutating func take(_ piece: Span<UInt8>) {
        var start = 0
        while let end = piece.newline(from: start) {
            let line = piece.extracting(start..<end)
            if self.rest.isEmpty && !self.isRestTooLong {
                self.takeLine(line)
            } else {
                self.keep(line)
                self.takeRest()
            }
            start = end + 1
        }
        self.keep(piece.extracting(start..<piece.count))
    }

    /// The trace ends: its last line may lack its line break.
    ///
    /// - Returns: how many lines were skipped.
    @discardableResult
    package mutating func finish() -> Int {
        self.takeRest()
        return self.skipped
    }

    /// What was read.
    package consuming func trace() -> ReplayTrace {
        ReplayTrace(models: self.models, clients: self.clients, requests: self.requests)
    }

    private mutating func keep(_ bytes: Span<UInt8>) {
        guard !self.isRestTooLong, self.rest.count + bytes.count <= Self.maxLineBytes else {
            self.isRestTooLong = true
            return self.rest.removeAll(keepingCapacity: true)
        }
        bytes.withUnsafeBufferPointer { self.rest.append(contentsOf: $0) }
    }

    private mutating func takeRest() {
        if self.isRestTooLong {
            self.skipped += 1
        } else if !self.rest.isEmpty {
            let line = self.rest
            self.takeLine(line.span)
        }
        self.isRestTooLong = false
        self.rest.removeAll(keepingCapacity: true)
    }

    private mutating func takeLine(_ line: Span<UInt8>) {
        if line.isBlank { return }
        guard line.count <= Self.maxLineBytes, let entry = TraceEntry(line), let request = self.request(entry) else {
            self.skipped += 1
            return
        }
        self.requests.append(request)
    }

    private mutating func request(_ entry: TraceEntry) -> ReplayRequest? {
        guard let arrived = entry.arrived, let wait = entry.wait, let requestClass = entry.requestClass,
            let outcome = entry.outcome, let model = entry.model.flatMap({ self.index(ofModel: $0) }),
            let client = entry.client
        else { return nil }
        let index = self.index(of: Client(name: client, weight: entry.weight))
        var request = ReplayRequest(arrived: arrived, model: model, client: index)
        request.requestClass = requestClass
        request.expectsStream = entry.isStream
        request.deadline = entry.deadline
        request.isDeadlineStated = entry.isStated
        request.wait = wait
        request.firstByte = entry.firstByte
        request.load = entry.load
        request.processing = entry.processing
        if let backend = entry.backend {
            request.backend = self.backendIndices[backend] ?? Int32(self.backendIndices.count)
            self.backendIndices[backend] = request.backend
        }
        request.outcome = outcome
        request.status = Int16(entry.status ?? 0)
        request.tokens = Int32(clamping: (entry.tokensIn ?? 0) + (entry.tokensOut ?? 0))
        return request
    }

    private mutating func index(ofModel name: String) -> Int32? {
        if let known = self.modelIndices[name] { return known }
        guard let model = ModelName(name) else { return nil }
        // Two spellings are one model.
        let index = self.modelIndices[model.description] ?? Int32(self.models.count)
        if Int(index) == self.models.count { self.models.append(model) }
        self.modelIndices[model.description] = index
        self.modelIndices[name] = index
        return index
    }

    private mutating func index(of client: Client) -> Int32 {
        if let index = self.clientIndices[client.name] {
            if self.clients[Int(index)].weight != client.weight { self.clients[Int(index)] = client }
            return index
        }
        let index = Int32(self.clients.count)
        self.clients.append(client)
        self.clientIndices[client.name] = index
        return index
    }
}

extension Span<UInt8> {
    fileprivate var isBlank: Bool {
        for index in self.indices where self[index] != UInt8(ascii: " ") && self[index] != UInt8(ascii: "\r") {
            return false
        }
        return true
    }

    fileprivate func newline(from start: Int) -> Int? {
        self.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, start < buffer.count,
                let found = memchr(base + start, Int32(UInt8(ascii: "\n")), buffer.count - start)
            else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }
}
