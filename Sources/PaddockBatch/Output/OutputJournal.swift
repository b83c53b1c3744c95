// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Reads an output or error file piece by piece: which requests are done, and how much of the file is whole.
///
/// A crash may leave the beginning of a line at the end, and the loss of power a tail of other bytes. Both are to be cut off.
package struct OutputJournal: Sendable {
    private let job: String
    private var head: [UInt8] = []
    private var lineBytes = 0
    private var isBroken = false
    /// How many bytes belong to whole lines.
    package private(set) var wholeBytes = 0
    /// The requests whose lines are there, from 0, in the order of the file.
    package private(set) var lines: [Int] = []

    /// - Parameter job: the id of the job.
    package init(of job: String) { self.job = job }

    /// Reads the next piece of the file.
    package mutating func feed(_ piece: ArraySlice<UInt8>) {
        var rest = piece
        while !rest.isEmpty, !self.isBroken {
            let end = rest.firstIndex(of: UInt8(ascii: "\n"))
            let bytes = rest[..<(end ?? rest.endIndex)]
            // JSON has no such byte, but a file system that lost its last blocks has.
            if bytes.contains(0) {
                self.isBroken = true
                return
            }
            self.head.append(contentsOf: bytes.prefix(OutputLine.headBytes - self.head.count))
            self.lineBytes += bytes.count
            guard let end else { return }
            guard let line = OutputLine.line(self.head, in: self.job) else {
                self.isBroken = true
                return
            }
            self.lines.append(line)
            self.wholeBytes += self.lineBytes + 1
            self.head.removeAll(keepingCapacity: true)
            self.lineBytes = 0
            rest = rest[(end + 1)...]
        }
    }
}
