// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import BenchmarkSupport
import Glibc
import PaddockBase

/// A closed loop on one thread: each connection sends its next request when the reply to the one before has ended.
///
/// Prints `measuring` when the figures begin to count and the report when they end, so that the script that started it
/// can read the CPU time of the proxy at the same two moments.
struct LoadClient {
    private let plan: LoadPlan
    private let poll: EventPoll
    private var connections: [LoadConnection] = []
    /// When each connection sends its first request, in nanoseconds from the beginning; ascending.
    private let starts: [Int64]
    /// From descriptor to index in ``connections``.
    private var indexes: [Int] = []
    private var report = LoadReport()
    private var started = 0
    private var ended = 0
    private let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 16)

    init(plan: LoadPlan) throws {
        self.plan = plan
        self.poll = try EventPoll()
        // At random and not evenly: even gaps would give the lines of paced streams a few common moments. The generator
        // always begins alike, so each run has the same starts.
        var generator = SeededRandom(seed: 1)
        self.starts = (0..<plan.connections).map { _ in
            plan.stagger == 0 ? 0 : Int64.random(in: 0..<plan.stagger, using: &generator)
        }.sorted()
    }

    /// Runs the plan.
    mutating func run() throws {
        for index in 0..<self.plan.connections {
            let descriptor = try Loopback.connect(port: self.plan.port)
            self.connections.append(LoadConnection(descriptor: descriptor))
            self.register(descriptor, index)
        }
        if self.plan.hold {
            self.hold()
        } else if let requests = self.plan.requests {
            try self.run(requests: requests)
        } else {
            try self.runForTime()
        }
    }

    // MARK: - The three ways to run

    private mutating func hold() {
        for index in self.connections.indices {
            self.send(on: index, at: MonotonicClock.now())
        }
        ToolOutput.print(line: "holding")
        while getchar() != EOF {}
    }

    private mutating func run(requests: Int) throws {
        ToolOutput.print(line: "measuring")
        let begin = MonotonicClock.now()
        for index in self.connections.indices where self.started < requests {
            self.send(on: index, at: MonotonicClock.now())
        }
        while self.ended < requests {
            try self.turn(timeout: nil) { client, _ in client.started < requests }
        }
        self.printReport(nanoseconds: MonotonicClock.now() - begin)
    }

    private mutating func runForTime() throws {
        let begin = MonotonicClock.now()
        let measuredFrom = begin + self.plan.warmUp
        let end = measuredFrom + self.plan.measured
        var measuring = false
        var first = 0
        var now = begin
        while now < end {
            while first < self.connections.count, now >= begin + self.starts[first] {
                self.send(on: first, at: now)
                first += 1
            }
            if !measuring, now >= measuredFrom {
                measuring = true
                self.report = LoadReport()
                ToolOutput.print(line: "measuring")
            }
            var due = measuring ? end : measuredFrom
            if first < self.connections.count {
                due = min(due, begin + self.starts[first])
            }
            try self.turn(timeout: max(0, due - now)) { _, time in time < end }
            now = MonotonicClock.now()
        }
        self.printReport(nanoseconds: self.plan.measured)
    }

    private func printReport(nanoseconds: Int64) {
        ToolOutput.print(line: self.report.json(seconds: Double(nanoseconds) / 1_000_000_000))
    }

    // MARK: - The loop

    private mutating func turn(timeout: Int64?, goesOn: (Self, Int64) -> Bool) throws {
        let count = self.poll.wait(timeout: timeout)
        for event in 0..<count {
            try self.read(on: self.indexes[Int(self.poll[event].descriptor)], goesOn: goesOn)
        }
    }

    private mutating func send(on index: Int, at now: Int64) {
        let descriptor = self.connections[index].descriptor
        let sent = self.plan.request.withUnsafeBytes { Loopback.send($0, to: descriptor) }
        self.connections[index].sentAt = now
        self.connections[index].hasFirstByte = false
        self.started += 1
        if sent != self.plan.request.count {
            // A request is far smaller than an empty socket buffer, so the connection is broken; reading will tell.
            self.report.failures += 1
        }
    }

    private mutating func read(on index: Int, goesOn: (Self, Int64) -> Bool) throws {
        let descriptor = self.connections[index].descriptor
        let count = Loopback.receive(into: self.readBuffer, from: descriptor)
        let now = MonotonicClock.now()
        guard count > 0 else {
            if count == 0 || errno != EAGAIN {
                try self.reconnect(index, now: now, goesOn: goesOn)
            }
            return
        }
        self.report.bytes += count
        let sentAt = self.connections[index].sentAt ?? now
        if !self.connections[index].hasFirstByte {
            self.connections[index].hasFirstByte = true
            self.report.firstBytes.append(now - sentAt)
        }
        let bytes = UnsafeRawBufferPointer(rebasing: self.readBuffer[..<count])
        let progress = self.connections[index].reader.read(bytes) { self.report.ages.append(now - $0) }
        self.report.lines += progress.lines
        if progress.failed {
            try self.reconnect(index, now: now, goesOn: goesOn)
        } else if progress.completed > 0 {
            self.report.latencies.append(now - sentAt)
            self.report.completed += 1
            let status = self.connections[index].reader.status
            if status != 200 {
                self.report.otherStatuses[status, default: 0] += 1
            }
            self.next(on: index, now: now, goesOn: goesOn)
        }
    }

    private mutating func next(on index: Int, now: Int64, goesOn: (Self, Int64) -> Bool) {
        self.ended += 1
        self.connections[index].sentAt = nil
        if goesOn(self, now) {
            self.send(on: index, at: now)
        }
    }

    /// Replaces a connection that broke.
    ///
    /// One that was closed between two requests is no failure.
    private mutating func reconnect(_ index: Int, now: Int64, goesOn: (Self, Int64) -> Bool) throws {
        let wasOpen = self.connections[index].sentAt != nil
        close(self.connections[index].descriptor)
        let descriptor = try Loopback.connect(port: self.plan.port)
        self.connections[index] = LoadConnection(descriptor: descriptor)
        self.register(descriptor, index)
        if wasOpen {
            self.report.failures += 1
            self.next(on: index, now: now, goesOn: goesOn)
        }
    }

    private mutating func register(_ descriptor: Int32, _ index: Int) {
        while self.indexes.count <= Int(descriptor) {
            self.indexes.append(0)
        }
        self.indexes[Int(descriptor)] = index
        self.poll.add(descriptor, for: .read)
    }
}
