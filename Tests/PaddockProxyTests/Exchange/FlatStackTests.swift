// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import PaddockAdmission
import PaddockBase
import PaddockConfiguration
import PaddockHTTP
import PaddockSockets
import PaddockTesting
import Testing

@testable import PaddockProxy

/// An answer to another connection's request never runs that connection's reading on the same stack: a chain of them would be as
/// deep as the queue is long. These run on a stack of 256 KiB; if the rule is broken the process dies.
@Suite("Answers to many waiters at once", .serialized)
struct FlatStackTests {
    private static let stackBytes = 256 << 10
    /// As many as the limit of open files lets one process play both ends of, up to 20,000.
    private static let waiterCount = Self.waitersThatFit()

    private static func waitersThatFit() -> Int {
        var limit = rlimit()
        #if canImport(Darwin)
        guard getrlimit(RLIMIT_NOFILE, &limit) == 0 else { return 100 }
        #else
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 100 }
        #endif
        limit.rlim_cur = limit.rlim_max
        #if canImport(Darwin)
        _ = setrlimit(RLIMIT_NOFILE, &limit)
        #else
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #endif
        return min(20_000, max(100, (Int(clamping: limit.rlim_cur) - 8_000) / 2))
    }

    /// Waiters in front of a busy backend, each with a second request after the one that waits.
    private final class Crowd {
        let world: GatewayWorld
        let clients: [Peer]
        private let connections: [Connection]
        private let active: Peer

        /// - Parameters:
        ///   - first: the request that waits.
        ///   - second: the request after it.
        init(_ first: String, then second: String, requestTimeout: Duration = .seconds(300)) throws {
            var configuration = Configuration()
            configuration.requestTimeout = requestTimeout
            self.world = try GatewayWorld(queue: FlatStackTests.waiterCount, configuration: configuration)
            let (active, _) = try self.world.client()
            self.active = active
            active.send(FlatStackTests.request("active"))
            self.world.settle()
            let world = self.world
            let ends = try (0..<FlatStackTests.waiterCount).map { index in
                let (client, connection) = try world.client()
                client.send(first.replacing("ID", with: "w\(index)") + second)
                if index % 64 == 0 { world.settle() }
                return (client, connection)
            }
            self.clients = ends.map { $0.0 }
            self.connections = ends.map { $0.1 }
            self.world.settle()
        }

        deinit { for connection in self.connections { connection.close() } }

        var queued: Int { self.world.admission.snapshot(now: .now()).models.reduce(0) { $0 + $1.queued } }

        /// Runs until all waiters have this many answers.
        func answers(_ count: Int) -> Bool {
            var missing = self.clients.map { (client: $0, left: count) }
            for _ in 0..<4 * FlatStackTests.waiterCount where !missing.isEmpty {
                self.world.loop.turn(mayWait: false)
                guard let last = missing.last, let text = last.client.receiveText() else { continue }
                missing[missing.count - 1].left -= text.split(separator: "HTTP/1.1 ").count
                while let last = missing.last, last.left <= 0 { missing.removeLast() }
            }
            while let last = missing.last, let text = last.client.receiveText(), !text.isEmpty {
                missing[missing.count - 1].left -= text.split(separator: "HTTP/1.1 ").count
                if missing[missing.count - 1].left <= 0 { missing.removeLast() }
            }
            return missing.isEmpty
        }
    }

    private static func request(_ id: String, _ fields: String = "") -> String {
        let body = #"{"model":"llama2"}"#
        return "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: \(id)\r\n\(fields)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static let batch = "Priority: u=6\r\n"

    /// Runs a body on a thread with a small stack, and waits for it.
    private static func onSmallStack(_ body: @escaping @Sendable () throws -> Void) throws {
        let done = DispatchSemaphore(value: 0)
        let result = NIOLockedResult()
        let thread = Thread {
            result.set(Result { try body() })
            done.signal()
        }
        thread.stackSize = Self.stackBytes
        thread.start()
        done.wait()
        try result.get()
    }

    private final class NIOLockedResult: @unchecked Sendable {
        private var result: Result<Void, any Error>?
        func set(_ result: Result<Void, any Error>) { self.result = result }
        func get() throws { try self.result?.get() }
    }

    @Test("One newcomer makes all batch waiters give way, one after the other")
    func evictions() throws {
        try Self.onSmallStack {
            let crowd = try Crowd(Self.request("ID", Self.batch), then: Self.request("second"))
            #expect(crowd.queued == Self.waiterCount)
            let (newcomer, _) = try crowd.world.client()
            newcomer.send(Self.request("newcomer"))
            #expect(crowd.answers(1))
            withExtendedLifetime(newcomer) {}
        }
    }

    @Test("A drain refuses all waiters and what they send next")
    func drain() throws {
        try Self.onSmallStack {
            let crowd = try Crowd(Self.request("ID"), then: Self.request("second"))
            crowd.world.gateway.drain {}
            #expect(crowd.answers(1))
        }
    }

    @Test("All waiters are cancelled by an operator")
    func cancels() throws {
        try Self.onSmallStack {
            let crowd = try Crowd(Self.request("ID"), then: Self.request("second", Self.batch))
            for index in 0..<min(500, Self.waiterCount) {
                _ = crowd.world.admission.cancel(id: "w\(index)", now: .now())
            }
            for _ in 0..<200 { crowd.world.loop.turn(mayWait: false) }
            #expect(crowd.queued == Self.waiterCount)
        }
    }

    @Test("All waiters time out at once")
    func timeouts() throws {
        try Self.onSmallStack {
            let crowd = try Crowd(Self.request("ID"), then: Self.request("second"))
            crowd.world.admission.deadlineReached(now: Instant.now().advanced(by: .seconds(301)))
            #expect(crowd.answers(1))
        }
    }

    @Test("A reload lowers the limits, and another lets all waiters start")
    func reload() throws {
        try Self.onSmallStack {
            let crowd = try Crowd(Self.request("ID", Self.batch), then: Self.request("second"))
            let admission = crowd.world.admission
            admission.reconfigure(
                limits: Limits(parallel: 1, queue: 0),
                policy: AdmissionPolicy(),
                models: [:],
                now: .now()
            )
            let (newcomer, _) = try crowd.world.client()
            newcomer.send(Self.request("newcomer"))
            crowd.world.settle()
            #expect(newcomer.receiveText()?.hasPrefix("HTTP/1.1 503 ") == true)
            // The active one ends: the next starts, and so on to the last.
            crowd.world.backends[0].send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            crowd.world.settle()
            #expect(crowd.queued < Self.waiterCount)
        }
    }
}
