// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockBatch
import PaddockConfiguration
import PaddockSockets
import PaddockTesting
import Synchronization
import Testing

@testable import PaddockProxy

@Suite("Requests of batch jobs")
struct BatchExchangeTests {
    private final class Recorder: ExchangeObserver {
        private let kept = Mutex<[ExchangeRecord]>([])
        var records: [ExchangeRecord] { self.kept.withLock { $0 } }

        func ended(_ record: SharedRecord, onLoop loop: Int) { self.kept.withLock { $0.append(record.record) } }
    }

    private final class Results { var replies: [BatchReply] = [] }

    private let recorder = Recorder()
    private let results = Results()
    private let body = #"{"messages":[],"model":"Llama2:latest"}"#

    private func world(_ configuration: Configuration = Configuration()) throws -> GatewayWorld {
        var options = Gateway.Options()
        options.observers = [self.recorder]
        return try GatewayWorld(configuration: configuration, options: options)
    }

    private func start(
        _ body: String? = nil,
        of owner: String = "alice",
        _ endpoint: BatchEndpoint = .chatCompletions,
        in world: GatewayWorld
    ) -> BatchExchange {
        let results = self.results
        let request = BatchRequest(of: owner, to: endpoint, body: Array((body ?? self.body).utf8))
        let exchange = BatchExchange(request, on: world.context) { results.replies.append($0) }
        exchange.start()
        world.settle()
        return exchange
    }

    @Test("It arrives like a client's request, of class batch, and its reply is collected")
    func reply() throws {
        let world = try self.world()
        _ = self.start(in: world)
        let sent = try #require(world.backends.first?.receiveText())
        #expect(sent.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
        #expect(sent.contains("Content-Type: application/json\r\n"))
        #expect(sent.contains("Content-Length: \(self.body.utf8.count)\r\n"))
        #expect(sent.hasSuffix("\r\n\r\n" + self.body))
        let usage = #"{"usage":{"prompt_tokens":3,"completion_tokens":4}}"#
        world.backends[0].send("HTTP/1.1 200 OK\r\nContent-Length: \(usage.utf8.count)\r\n\r\n" + usage)
        world.settle()
        let reply = try #require(self.results.replies.first)
        #expect(reply.outcome == .answered)
        #expect(reply.status == 200)
        #expect(String(decoding: reply.body, as: UTF8.self) == usage)
        let record = try #require(self.recorder.records.first)
        #expect(record.id == reply.requestID)
        #expect(record.client.name == "alice")
        #expect(record.requestClass == .batch)
        #expect(record.model?.description == "llama2")
        #expect(record.bytesIn == self.body.utf8.count)
        #expect(record.tokens?.prompt == 3)
        #expect(world.admission.snapshot(now: .now()).models.map(\.active) == [0])
        #expect(world.gateway.memory.heldBytes == 0)
    }

    @Test("The connection to the backend serves the next one")
    func keptConnection() throws {
        let world = try self.world()
        for _ in 0..<3 {
            _ = self.start(in: world)
            _ = world.backends[0].receiveText()
            world.backends[0].send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            world.settle()
        }
        #expect(self.results.replies.map(\.status) == [200, 200, 200])
        #expect(world.backends.count == 1)
    }

    @Test("It waits for its slot longer than request_timeout, which then begins")
    func timeouts() throws {
        var configuration = Configuration()
        configuration.requestTimeout = .milliseconds(20)
        let world = try self.world(configuration)
        let first = self.start(in: world)
        let second = self.start(of: "bob", in: world)
        #expect(world.admission.snapshot(now: .now()).models.map(\.queued) == [1])
        // Until the first one has run out of time there is no slot for the second.
        while self.results.replies.count < 2 { world.loop.turn(mayWait: true) }
        #expect(self.results.replies.map(\.status) == [504, 504])
        #expect(self.results.replies.map(\.outcome) == [.failed, .failed])
        #expect(self.recorder.records.allSatisfy { $0.started != nil })
        #expect(world.backends.count == 2)
        withExtendedLifetime((first, second)) {}
    }

    @Test("It can be ended while it waits and while it runs, and gives back what it holds")
    func cancel() throws {
        let world = try self.world()
        let first = self.start(in: world)
        let second = self.start(in: world)
        second.cancel()
        first.cancel()
        first.cancel()
        world.settle()
        #expect(self.results.replies.map(\.outcome) == [.cancelled, .cancelled])
        #expect(self.recorder.records.map(\.outcome) == [.cancelled, .cancelled])
        let model = try #require(world.admission.snapshot(now: .now()).models.first)
        #expect((model.active, model.queued) == (0, 0))
        #expect(world.gateway.memory.heldBytes == 0)
    }

    @Test("What the gateway answers itself is an error as a client would get it")
    func refusals() throws {
        let world = try self.world()
        _ = self.start(#"{"messages":[]}"#, in: world)
        #expect(self.results.replies.map(\.status) == [400])
        #expect(self.results.replies.map(\.outcome) == [.refused])
        let text = String(decoding: self.results.replies.first?.body ?? [], as: UTF8.self)
        #expect(text.hasPrefix(#"{"error":{"message":""#))
        world.admission.drain(now: .now())
        _ = self.start(in: world)
        #expect(self.results.replies.last?.status == 503)
        #expect(self.results.replies.last?.outcome == .busy(retryAfter: 1))
    }

    @Test("A client that is not declared any more may not use a gateway that asks for keys")
    func keys() throws {
        var configuration = Configuration()
        configuration.requiresKey = true
        let world = try self.world(configuration)
        _ = self.start(in: world)
        #expect(self.results.replies.map(\.status) == [401])
        #expect(world.backends.isEmpty)
    }

    @Test("A large body is read in slices")
    func largeBody() throws {
        let world = try self.world()
        let filler = String(repeating: "x", count: 1_000_000)
        let body = #"{"messages":[],"x":"\#(filler)","model":"m"}"#
        _ = self.start(body, in: world)
        var received = 0
        while received < body.utf8.count, let text = world.backends.first?.receiveText(), !text.isEmpty {
            received += text.utf8.count
            world.settle()
        }
        #expect(received > body.utf8.count)
        world.backends[0].send("HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n")
        world.settle()
        #expect(self.results.replies.map(\.outcome) == [.failed])
        #expect(world.gateway.memory.heldBytes == 0)
    }
}
