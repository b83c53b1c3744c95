// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport
import Glibc

/// Follows the framing of one reply after another, and counts the lines of their bodies.
struct ReplyReader {
    /// What one read brought.
    struct Progress {
        var completed = 0
        var lines = 0
        /// The reply is none that a keep-alive client can follow.
        var failed = false
    }

    private enum State {
        case head
        case length(Int)
        case chunkSize
        case chunk(Int)
        case chunkEnd
        case lastChunkEnd
    }

    /// The status of the reply that is being read, or was read last.
    private(set) var status = 0
    private var state = State.head
    /// The bytes of a head, or of the size of a chunk, that a read cut in two.
    private var carried: [UInt8] = []
    /// The first bytes of a line, until its time can be read; empty and not ``lineIsTimed`` at a line's start.
    private var lineStart: [UInt8] = []
    private var lineIsTimed = false

    /// Reads on.
    ///
    /// - Parameters:
    ///   - bytes: What a read brought.
    ///   - timed: Called with the time of each line that carries one.
    /// - Returns: What the bytes ended or brought.
    mutating func read(_ bytes: UnsafeRawBufferPointer, timed: (Int64) -> Void) -> Progress {
        var progress = Progress()
        var rest = bytes
        while !rest.isEmpty, !progress.failed {
            let used = self.step(rest, &progress, timed)
            rest = UnsafeRawBufferPointer(rebasing: rest[used...])
        }
        return progress
    }

    private mutating func step(
        _ bytes: UnsafeRawBufferPointer,
        _ progress: inout Progress,
        _ timed: (Int64) -> Void
    ) -> Int {
        switch self.state {
        case .head:
            return self.readHead(bytes, &progress)
        case .length(let remaining):
            let count = min(remaining, bytes.count)
            progress.lines += self.countLines(UnsafeRawBufferPointer(rebasing: bytes[..<count]), timed)
            self.state = count == remaining ? .head : .length(remaining - count)
            progress.completed += count == remaining ? 1 : 0
            return count
        case .chunkSize:
            return self.readChunkSize(bytes, &progress)
        case .chunk(let remaining):
            let count = min(remaining, bytes.count)
            progress.lines += self.countLines(UnsafeRawBufferPointer(rebasing: bytes[..<count]), timed)
            self.state = count == remaining ? .chunkEnd : .chunk(remaining - count)
            return count
        case .chunkEnd, .lastChunkEnd:
            guard let newline = bytes.firstIndex(of: 0x0A) else {
                return bytes.count
            }
            if case .lastChunkEnd = self.state {
                self.state = .head
                progress.completed += 1
            } else {
                self.state = .chunkSize
            }
            return newline + 1
        }
    }

    private mutating func readHead(_ bytes: UnsafeRawBufferPointer, _ progress: inout Progress) -> Int {
        if self.carried.isEmpty, let length = HeadEnd.find(in: bytes) {
            self.begin(UnsafeRawBufferPointer(rebasing: bytes[..<length]), &progress)
            return length
        }
        let before = self.carried.count
        self.carried.append(contentsOf: bytes)
        let collected = self.carried
        return collected.withUnsafeBytes { all in
            guard let length = HeadEnd.find(in: all) else {
                return bytes.count
            }
            self.carried = []
            self.begin(UnsafeRawBufferPointer(rebasing: all[..<length]), &progress)
            return length - before
        }
    }

    private mutating func begin(_ head: UnsafeRawBufferPointer, _ progress: inout Progress) {
        self.status = head.count > 12 ? head[9..<12].reduce(0) { $0 * 10 + Int($1) - 48 } : 0
        if HeadEnd.isChunked(head) {
            self.state = .chunkSize
        } else if let length = HeadEnd.contentLength(in: head) {
            self.state = length == 0 ? .head : .length(length)
            progress.completed += length == 0 ? 1 : 0
        } else {
            progress.failed = true
        }
    }

    private mutating func readChunkSize(_ bytes: UnsafeRawBufferPointer, _ progress: inout Progress) -> Int {
        guard let newline = bytes.firstIndex(of: 0x0A) else {
            self.carried.append(contentsOf: bytes)
            return bytes.count
        }
        var size = self.carried.withUnsafeBytes { Self.addDigits(of: $0[...], to: 0) }
        size = Self.addDigits(of: bytes[..<newline], to: size)
        self.carried.removeAll(keepingCapacity: true)
        self.state = size == 0 ? .lastChunkEnd : .chunk(size)
        return newline + 1
    }

    private static func addDigits(of bytes: Slice<UnsafeRawBufferPointer>, to start: Int) -> Int {
        bytes.reduce(start) { size, byte in
            switch byte {
            case 0x30...0x39: size * 16 + Int(byte) - 0x30
            case 0x41...0x46: size * 16 + Int(byte) - 0x37
            case 0x61...0x66: size * 16 + Int(byte) - 0x57
            default: size
            }
        }
    }

    private mutating func countLines(_ bytes: UnsafeRawBufferPointer, _ timed: (Int64) -> Void) -> Int {
        var lines = 0
        var rest = bytes
        while let base = rest.baseAddress, !rest.isEmpty {
            let found = memchr(base, 0x0A, rest.count).map { UnsafeRawPointer($0) - base }
            let length = found.map { $0 + 1 } ?? rest.count
            self.readTime(UnsafeRawBufferPointer(rebasing: rest[..<length]), timed)
            if found != nil {
                lines += 1
                self.lineStart.removeAll(keepingCapacity: true)
                self.lineIsTimed = false
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
        return lines
    }

    private mutating func readTime(_ bytes: UnsafeRawBufferPointer, _ timed: (Int64) -> Void) {
        guard !self.lineIsTimed else {
            return
        }
        if self.lineStart.isEmpty, bytes.count >= TimedLine.length {
            self.lineIsTimed = true
            TimedLine.time(of: bytes).map(timed)
            return
        }
        self.lineStart.append(contentsOf: bytes.prefix(TimedLine.length - self.lineStart.count))
        if self.lineStart.count == TimedLine.length {
            self.lineIsTimed = true
            self.lineStart.withUnsafeBytes { TimedLine.time(of: $0) }.map(timed)
        }
    }
}
