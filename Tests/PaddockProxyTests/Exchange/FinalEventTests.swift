// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockSockets
import PaddockTesting
import Testing

@testable import PaddockProxy

/// Libraries close the connection at the final event of a stream; the end of the chunks may arrive later.
@Suite("Clients that leave with the final event")
struct FinalEventTests {
    struct Stream: Sendable, CustomTestStringConvertible {
        let path: String
        let type: String
        let event: String
        let final: String
        var testDescription: String { self.path }
    }

    static let streams = [
        Stream(
            path: "/api/generate",
            type: "application/x-ndjson",
            event: #"{"response":"x","done":false}"# + "\n",
            final: #"{"response":"","done":true,"eval_count":3}"# + "\n"
        ),
        Stream(
            path: "/v1/chat/completions",
            type: "text/event-stream",
            event: "data: {\"choices\":[]}\n\n",
            final: "data: [DONE]\n\n"
        ),
        Stream(
            path: "/v1/messages",
            type: "text/event-stream; charset=utf-8",
            event: "event: ping\ndata: {\"type\":\"ping\"}\n\n",
            final: "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
        ),
        Stream(
            path: "/v1/responses",
            type: "text/event-stream",
            event: "event: response.created\ndata: {}\n\n",
            final: "event: response.completed\ndata: {\"response\":{\"status\":\"completed\"}}\n\n"
        ),
    ]

    private func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n" }

    private func request(_ path: String) -> String {
        let body = #"{"model":"llama2","stream":true}"#
        return "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func head(_ type: String) -> String {
        "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nTransfer-Encoding: chunked\r\n\r\n"
    }

    /// A world in which a client has had all of these events and left.
    private func world(_ stream: Stream, _ events: [String]) throws -> GatewayWorld {
        let world = try GatewayWorld()
        let (client, _) = try world.client()
        client.send(self.request(stream.path))
        world.settle()
        world.backends[0].send(self.head(stream.type))
        for event in events {
            world.backends[0].send(self.chunk(event))
            world.settle()
        }
        _ = client.receiveText()
        client.close()
        world.settle()
        return world
    }

    private func totals(_ world: GatewayWorld) throws -> Totals {
        try #require(world.admission.snapshot(now: .now()).models.first).totals
    }

    @Test("They have completed, and the backend's connection is kept once its reply has ended", arguments: Self.streams)
    func completed(_ stream: Stream) throws {
        let world = try self.world(stream, [stream.event, stream.event, stream.final])
        #expect(world.admission.activeCount == 1)
        world.backends[0].send("0\r\n\r\n")
        world.settle()
        #expect(world.admission.activeCount == 0)
        #expect(try self.totals(world).completed == 1 && self.totals(world).cancelled == 0)
        let (next, _) = try world.client()
        next.send(self.request(stream.path))
        world.settle()
        #expect(world.backends.count == 1)
        #expect(world.backends[0].receiveText()?.contains(stream.path) == true)
    }

    @Test("A backend that does not end its reply soon loses the connection", arguments: Self.streams)
    func neverEnded(_ stream: Stream) throws {
        let world = try self.world(stream, [stream.event, stream.final])
        while world.admission.activeCount > 0 { world.loop.turn() }
        world.settle()
        #expect(try self.totals(world).completed == 1 && self.totals(world).cancelled == 0)
        _ = world.backends[0].receiveText()
        #expect(world.backends[0].receiveText() == nil)
    }

    @Test("A client that leaves earlier has cancelled, and the backend is closed at once", arguments: Self.streams)
    func cancelled(_ stream: Stream) throws {
        let world = try self.world(stream, [stream.event, stream.event])
        #expect(world.admission.activeCount == 0)
        #expect(try self.totals(world).completed == 0 && self.totals(world).cancelled == 1)
        _ = world.backends[0].receiveText()
        #expect(world.backends[0].receiveText() == nil)
    }
}
