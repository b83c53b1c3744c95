// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport
import Glibc

/// A scripted HTTP/1.1 backend on one thread, made to cost next to nothing beside the proxy in front of it.
final class StubBackend {
    private let poll: EventPoll
    private let listener: Int32
    /// Nanoseconds between the lines of a paced stream: one value for all, so that the one that is due first is always
    /// at the front of the queue.
    private let interval: Int64
    private var replies = StubReplies()
    /// By descriptor.
    private var connections: [StubConnection?] = []
    /// The streams that get a line in every turn of the loop.
    private var eager: [StubConnection] = []
    private var paced: [(due: Int64, connection: StubConnection)] = []
    private var pacedFront = 0
    private let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 16)

    init(listener: Int32, interval: Int64) throws {
        self.poll = try EventPoll()
        self.listener = listener
        self.interval = interval
        self.poll.add(listener, for: .read)
    }

    deinit {
        self.readBuffer.deallocate()
    }

    /// Serves until the process is ended.
    func run() -> Never {
        while true {
            let count = self.poll.wait(timeout: self.timeToNextLine())
            for index in 0..<count {
                let event = self.poll[index]
                if event.descriptor == self.listener {
                    self.acceptAll()
                } else if let connection = self.connections[Int(event.descriptor)] {
                    if event.writable {
                        connection.sendRest()
                    }
                    if event.readable {
                        self.read(connection)
                    }
                }
            }
            self.sendEagerLines()
            self.sendDueLines()
        }
    }

    // MARK: - Requests

    private func acceptAll() {
        while let descriptor = Loopback.accept(from: self.listener) {
            while self.connections.count <= Int(descriptor) {
                self.connections.append(nil)
            }
            self.connections[Int(descriptor)] = StubConnection(descriptor: descriptor, poll: self.poll)
        }
    }

    private func read(_ connection: StubConnection) {
        guard connection.isOpen else {
            return
        }
        let count = Loopback.receive(into: self.readBuffer, from: connection.descriptor)
        if count > 0 {
            self.parse(UnsafeRawBufferPointer(rebasing: self.readBuffer[..<count]), of: connection)
        } else if count == 0 || errno != EAGAIN {
            connection.close()
            self.connections[Int(connection.descriptor)] = nil
        }
    }

    private func parse(_ bytes: UnsafeRawBufferPointer, of connection: StubConnection) {
        if connection.unparsed.isEmpty {
            let used = self.parseWhole(bytes, of: connection)
            connection.unparsed.append(contentsOf: bytes[used...])
        } else {
            connection.unparsed.append(contentsOf: bytes)
            let collected = connection.unparsed
            let used = collected.withUnsafeBytes { self.parseWhole($0, of: connection) }
            connection.unparsed.removeFirst(used)
        }
    }

    /// - Returns: How many bytes belong to heads and bodies that are known by now.
    private func parseWhole(_ bytes: UnsafeRawBufferPointer, of connection: StubConnection) -> Int {
        var used = 0
        while used < bytes.count {
            if connection.script == nil {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
                guard let head = StubRequestHead(rest) else {
                    return used
                }
                used += head.length
                connection.bodyRemaining = head.contentLength
                if head.isHead {
                    self.replies.replyHead.withUnsafeBytes { connection.send($0) }
                    continue
                }
                connection.script = head.script
            }
            let body = min(connection.bodyRemaining, bytes.count - used)
            connection.bodyRemaining -= body
            used += body
            if connection.bodyRemaining == 0, let script = connection.script {
                connection.script = nil
                self.answer(script, on: connection)
            }
        }
        return used
    }

    private func answer(_ script: StubScript, on connection: StubConnection) {
        switch script.style {
        case .reply:
            self.replies.reply.withUnsafeBytes { connection.send($0) }
        case .lines:
            self.replies.streamHead.withUnsafeBytes { connection.send($0) }
            connection.linesRemaining = script.count
            self.eager.append(connection)
        case .burst:
            var bytes = self.replies.streamHead
            for _ in 0..<script.count {
                self.replies.withStampedLine { bytes.append(contentsOf: $0) }
            }
            bytes.append(contentsOf: self.replies.streamEnd)
            bytes.withUnsafeBytes { connection.send($0) }
        case .paced:
            self.replies.streamHead.withUnsafeBytes { connection.send($0) }
            connection.linesRemaining = script.count
            self.sendLine(to: connection)
            self.paced.append((MonotonicClock.now() + self.interval, connection))
        case .hang:
            break
        }
    }

    // MARK: - Streams

    /// Nanoseconds; nil when no stream is open.
    private func timeToNextLine() -> Int64? {
        if !self.eager.isEmpty {
            return 0
        }
        if self.pacedFront < self.paced.count {
            return max(0, self.paced[self.pacedFront].due - MonotonicClock.now())
        }
        return nil
    }

    private func sendEagerLines() {
        var index = 0
        while index < self.eager.count {
            let connection = self.eager[index]
            if !connection.isBlocked {
                self.sendLine(to: connection)
            }
            if connection.linesRemaining == nil {
                self.eager.swapAt(index, self.eager.count - 1)
                self.eager.removeLast()
            } else {
                index += 1
            }
        }
    }

    private func sendDueLines() {
        while self.pacedFront < self.paced.count {
            let (due, connection) = self.paced[self.pacedFront]
            guard due <= MonotonicClock.now() else {
                break
            }
            self.pacedFront += 1
            self.sendLine(to: connection)
            if connection.linesRemaining != nil {
                // From the planned time, so that a late line does not shift those behind it.
                self.paced.append((due + self.interval, connection))
            }
        }
        if self.pacedFront > 4_096 {
            self.paced.removeFirst(self.pacedFront)
            self.pacedFront = 0
        }
    }

    /// Sends the next line of a stream, or its end, each in one write.
    private func sendLine(to connection: StubConnection) {
        guard let remaining = connection.linesRemaining else {
            return
        }
        if remaining > 0 {
            connection.linesRemaining = remaining - 1
            self.replies.withStampedLine { connection.send($0) }
        } else {
            connection.linesRemaining = nil
            self.replies.streamEnd.withUnsafeBytes { connection.send($0) }
        }
    }
}
