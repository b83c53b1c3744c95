// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockSockets
import PaddockTesting
import Synchronization
import Testing

@testable import PaddockProxy

/// What the access log is made of, for clients that leave early (contract section 19).
@Suite("Records of clients that leave")
struct RecordOfLeaversTests {
    private final class Recorder: ExchangeObserver {
        private let kept = Mutex<[ExchangeRecord]>([])
        var records: [ExchangeRecord] { self.kept.withLock { $0 } }

        func ended(_ record: SharedRecord, onLoop loop: Int) { self.kept.withLock { $0.append(record.record) } }
    }

    private let reply = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + String(repeating: "x", count: 100)

    @Test("One that leaves after 100 Continue got no status and no bytes, whatever the request before it got")
    func afterContinue() throws {
        let recorder = Recorder()
        var options = Gateway.Options()
        options.observers = [recorder]
        let world = try GatewayWorld(options: options)
        let (first, _) = try world.client()
        first.send("GET /api/version HTTP/1.1\r\nHost: localhost\r\n\r\n")
        world.settle()
        world.backends[0].send(self.reply)
        world.settle()
        let (second, _) = try world.client()
        second.send("POST /api/pull HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n")
        world.settle()
        world.backends[0].send("HTTP/1.1 100 Continue\r\n\r\n")
        world.settle()
        #expect(second.receiveText() == "HTTP/1.1 100 Continue\r\n\r\n")
        second.close()
        world.settle()
        #expect(world.backends.count == 1)
        #expect(recorder.records.map(\.bytesOut) == [100, 0])
        #expect(recorder.records.map(\.status) == [200, nil])
        #expect(recorder.records.map(\.outcome) == [.completed, .cancelled])
        withExtendedLifetime(first) {}
    }
}
