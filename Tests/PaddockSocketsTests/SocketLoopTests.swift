// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import CSockets
import Foundation
import NIOCore
import PaddockTesting
import Synchronization
import Testing

@testable import PaddockSockets

@Suite("Event loops")
struct SocketLoopTests {
    private func withLoop<Result>(_ body: (SocketLoop) async throws -> Result) async throws -> Result {
        let loop = try SocketLoop.start(name: "test")
        let result: Result
        do { result = try await body(loop) } catch {
            await withCheckedContinuation { continuation in loop.end { continuation.resume() } }
            throw error
        }
        await withCheckedContinuation { continuation in loop.end { continuation.resume() } }
        return result
    }

    @Test("The length of each turn is noted, once it is over")
    func turnLengths() throws {
        let loop = try SocketLoop.manual()
        #expect(loop.turnLengths.count == 0)
        for _ in 0..<4 { loop.turn(mayWait: false) }
        #expect(loop.turnLengths.count == 3)
        loop.later {
            let end = NIODeadline.now() + .milliseconds(6)
            while NIODeadline.now() < end {}
        }
        for _ in 0..<2 { loop.turn(mayWait: false) }
        let lengths = loop.turnLengths
        #expect(lengths.count == 5)
        #expect(lengths.sum >= .milliseconds(6))
        let upToFive = TurnLengths.bounds.firstIndex(of: .milliseconds(5)).map { lengths.cumulativeCounts[$0] }
        #expect(upToFive.map { $0 < 5 } == true)
    }

    @Test("A turn counts in the first range whose bound it does not exceed")
    func turnRanges() {
        var lengths = TurnLengths()
        for (index, bound) in TurnLengths.bounds.enumerated() {
            let nanoseconds = Int64(bound / .nanoseconds(1))
            lengths.add(nanoseconds: nanoseconds)
            #expect(lengths.cumulativeCounts[index] == 2 * index + 1)
            lengths.add(nanoseconds: nanoseconds + 1)
            #expect(lengths.cumulativeCounts[index] == 2 * index + 1)
        }
        let twice = lengths + lengths
        #expect(twice.count == 4 * TurnLengths.bounds.count)
        #expect(twice.cumulativeCounts.last == twice.count)
        #expect(twice.sum == lengths.sum * 2)
    }

    @Test("What other threads ask for is done on the loop, none of it lost")
    func otherThreads() async throws {
        try await self.withLoop { loop in
            let count = NIOLoopBoundBox<Int>.makeBoxSendingValue(0, eventLoop: loop)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<2_000 { loop.execute { count.value += 1 } }
                    }
                }
            }
            let total = try await loop.submit { count.value }.get()
            #expect(total == 8_000)
            #expect(!loop.inEventLoop)
            let isInside = try await loop.submit { loop.inEventLoop }.get()
            #expect(isInside)
        }
    }

    /// Two loops that wake each other, as the admission does with a slot that goes from one to the other.
    @Test("A loop that waits is woken each time")
    func wakes() async throws {
        try await self.withLoop { first in
            try await self.withLoop { second in
                let done = first.makePromise(of: Void.self)
                @Sendable func pass(_ left: Int, from one: SocketLoop, to other: SocketLoop) {
                    if left == 0 { return done.succeed() }
                    other.execute { pass(left - 1, from: other, to: one) }
                }
                pass(2_000, from: first, to: second)
                try await done.futureResult.get()
            }
        }
    }

    @Test("Tasks are done at their time, in their order; cancelled ones are not")
    func timers() async throws {
        try await self.withLoop { loop in
            let done = NIOLoopBoundBox<[Int]>.makeBoxSendingValue([], eventLoop: loop)
            // In one task of the loop, so that none is due before all are there.
            let (cancelled, last) = try await loop.submit {
                let cancelled = loop.scheduleTask(in: .milliseconds(1)) { done.value.append(0) }
                cancelled.cancel()
                _ = loop.scheduleTask(in: .milliseconds(20)) { done.value.append(2) }
                _ = loop.scheduleTask(in: .milliseconds(10)) { done.value.append(1) }
                return (cancelled, loop.scheduleTask(in: .milliseconds(30)) { done.value })
            }.get()
            let order = try await last.futureResult.get()
            #expect(order == [1, 2])
            let result = try await cancelled.futureResult.map { true }.recover { _ in false }.get()
            #expect(!result)
        }
    }

    @Test("Tasks that a task adds run after everything that has arrived, so that no task keeps the sockets waiting")
    func tasksAndSockets() throws {
        let loop = try SocketLoop.manual()
        let (connection, peer) = try Peer.pair(loop)
        let journal = Journal()
        connection.delegate = Listener("it", journal)
        var turns = 0
        func again() {
            turns += 1
            loop.later(again)
        }
        again()
        peer.send("hi")
        loop.turn()
        #expect(journal.lines == ["it got 2"])
        #expect(turns == 2)
    }

    @Test("A loop that has ended takes no more tasks, and reports that at once")
    func afterTheEnd() async throws {
        let loop = try await self.withLoop { $0 }
        loop.execute { Issue.record("done after the end") }
        await withCheckedContinuation { continuation in loop.end { continuation.resume() } }
    }

    @Test("A task that is not due before its loop ends has failed")
    func droppedTask() async throws {
        let failure = Mutex<EventLoopError?>(nil)
        try await self.withLoop { loop in
            let task = loop.scheduleTask(in: .hours(1)) { Issue.record("done before its time") }
            task.futureResult.whenFailure { error in failure.withLock { $0 = error as? EventLoopError } }
        }
        #expect(failure.withLock { $0 } == .shutdown)
    }

    /// A descriptor, and a task for when it is ready.
    private final class Watcher: Pollable {
        let descriptor: Int32
        var onReady: () -> Void = {}

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        func ready(_ readiness: Readiness) { self.onReady() }
        func loopEnds() {}
    }

    /// Example: of two addresses of a backend the first answers, and a client is accepted before the event of the second.
    @Test("Events of a closed descriptor do not reach the next owner of its number")
    func generations() throws {
        let loop = try SocketLoop.manual()
        var pairs: [[Int32]] = [[0, 0], [0, 0]]
        for index in 0..<2 { #expect(paddock_socket_pair(&pairs[index]) == 0) }
        let watchers = pairs.map { Watcher($0[0]) }
        var heard: [String] = []
        for index in 0..<2 {
            watchers[index].onReady = {
                heard.append("old")
                // Whichever is called first closes the other, and gives its number to a descriptor of its own.
                let other = watchers[1 - index].descriptor
                loop.unwatch(other)
                var next: [Int32] = [0, 0]
                #expect(paddock_socket_pair(&next) == 0)
                #expect(dup2(next[0], other) == other)
                let watcher = Watcher(other)
                watcher.onReady = { heard.append("new") }
                #expect(throws: Never.self) { try loop.watch(other, watcher, .readable) }
                loop.unwatch(watchers[index].descriptor)
            }
            try loop.watch(watchers[index].descriptor, watchers[index], .readable)
        }
        for pair in pairs { _ = paddock_send(pair[1], "x", 1) }
        loop.turn(mayWait: false)
        #expect(heard == ["old"])
    }
}
