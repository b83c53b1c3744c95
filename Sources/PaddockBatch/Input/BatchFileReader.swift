// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// Reads an input file piece by piece: what is wrong with it, or where its requests are.
package struct BatchFileReader: Sendable {
    /// The most requests of a file, as of OpenAI's API.
    package static let maxRequests = 50_000
    /// The most lines of a file, blank ones included.
    static let maxLines = 1_000_000
    /// The longest line, in bytes.
    package static let maxLineBytes = 1 << 20
    /// The most problems that are listed. What follows the last one is not read.
    package static let maxProblems = 100

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let endpoint: BatchEndpoint
    private var table = BatchTable()
    private var problems: [BatchProblem] = []
    private var knownIDs: Set<String> = []
    private var line: [UInt8] = []
    private var isTooLong = false
    private var number = 1
    /// Where the next byte is in the file, and where its line began.
    private var offset = 0
    private var start = 0
    private var hasTooMany = false

    /// - Parameter endpoint: the endpoint of the job.
    package init(endpoint: BatchEndpoint) { self.endpoint = endpoint }

    /// Whether what follows makes no difference any more.
    package var hasSeenEnough: Bool { self.hasTooMany || self.problems.count >= Self.maxProblems }

    /// Reads the next piece of the file.
    ///
    /// - Parameter piece: at least one byte, and best some ten thousand.
    package mutating func feed(_ piece: ArraySlice<UInt8>) {
        var rest = piece
        while !rest.isEmpty, !self.hasSeenEnough {
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            self.take(rest[..<(end ?? rest.endIndex)])
            self.offset += (end ?? rest.endIndex) - rest.startIndex
            guard let end else { return }
            self.endLine()
            self.offset += 1
            self.start = self.offset
            rest = rest[(end + 1)...]
        }
    }

    /// The file has ended.
    ///
    /// - Returns: where its requests are, or all that is wrong, at most ``maxProblems``.
    package mutating func finish() -> (table: BatchTable, problems: [BatchProblem]) {
        if !self.hasSeenEnough { self.endLine() }
        if self.problems.isEmpty, self.table.count == 0 {
            self.problems.append(BatchProblem("empty_file", "the input file has no requests: write one on each line"))
        }
        return (self.table, self.problems)
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        guard !self.isTooLong else { return }
        guard self.line.count + bytes.count <= Self.maxLineBytes else {
            self.isTooLong = true
            self.line = []
            return
        }
        self.line.append(contentsOf: bytes)
    }

    private mutating func endLine() {
        defer {
            self.line.removeAll(keepingCapacity: true)
            self.isTooLong = false
            self.number += 1
        }
        guard self.number <= Self.maxLines else {
            self.hasTooMany = true
            self.problems.append(
                BatchProblem("too_many_tasks", "the input file has more than \(Self.maxLines) lines", line: self.number)
            )
            return
        }
        if self.isTooLong {
            let limit = "\(Self.maxLineBytes >> 20) MiB"
            self.problems.append(
                BatchProblem("line_too_long", "this line is longer than \(limit)", line: self.number)
            )
            return
        }
        var start = self.start
        if self.number == 1, self.line.starts(with: Self.byteOrderMark) {
            self.line.removeFirst(Self.byteOrderMark.count)
            start += Self.byteOrderMark.count
        }
        guard !self.line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { return }
        guard self.table.count < Self.maxRequests else {
            self.hasTooMany = true
            self.problems.append(
                BatchProblem(
                    "too_many_tasks",
                    "the input file has more than \(Self.maxRequests) requests: split it",
                    line: self.number
                )
            )
            return
        }
        do throws(BatchProblem) {
            let input = try BatchInput(self.line, endpoint: self.endpoint)
            guard self.knownIDs.insert(input.customID).inserted else {
                throw BatchProblem(
                    "duplicate_custom_id",
                    "another line has the same custom_id: each line needs one of its own",
                    param: "custom_id"
                )
            }
            guard let model = ModelName(input.model) else {
                throw BatchProblem("invalid_request", "\"body.model\" must name a model", param: "body.model")
            }
            self.table.append(at: start, model: model.hashValue)
        } catch {
            var problem = error
            problem.line = self.number
            self.problems.append(problem)
        }
    }
}
