// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockBase
import PaddockHTTP
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("Models that requests name which pass through", .serialized)
struct NamedModelTests {
    /// Two backends, of which the second one alone has `b`, and the first one alone `a`.
    private func world() throws -> GatewayWorld {
        let world = try GatewayWorld(backendCount: 2)
        world.admission.setInstalled(["a": 1], on: 0, now: .now())
        world.admission.setInstalled(["b": 1], on: 1, now: .now())
        return world
    }

    private func request(_ line: String, _ body: String) -> String {
        "\(line) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Which backend gets a request, and what of it.
    private func sent(_ request: String, _ world: GatewayWorld) throws -> (backend: Int, text: String) {
        let (client, connection) = try world.client()
        client.send(request)
        world.settle()
        defer { connection.close() }
        let found = [0, 1].filter { !world.wires(to: $0).isEmpty }
        try #require(found.count == 1)
        return (found[0], world.wires(to: found[0])[0].receiveText() ?? "")
    }

    @Test(
        "A request goes to a backend that has its model, unchanged",
        arguments: [
            ("POST /api/show", #"{"model":"b"}"#), ("POST /api/show", #"{"name":"B:latest","verbose":true}"#),
            ("POST /api/show", #"{"model":"","Name":"library/b"}"#), ("POST /api/show", #"{"model":"a","MODEL":"b"}"#),
            ("POST /api/copy", #"{"source":"b","destination":"a"}"#), ("DELETE /api/delete", #"{"model":"b"}"#),
            ("POST /api/push", #"{"model":"b"}"#), ("GET /v1/models/b", ""), ("GET /v1/models/library/b", ""),
        ]
    )
    func holder(line: String, body: String) throws {
        let request = body.isEmpty ? "\(line) HTTP/1.1\r\nHost: localhost\r\n\r\n" : self.request(line, body)
        let sent = try self.sent(request, try self.world())
        #expect(sent.backend == 1)
        #expect(sent.text.hasPrefix("\(line) HTTP/1.1\r\n") && sent.text.hasSuffix("\r\n\r\n\(body)"))
    }

    @Test(
        "Everything else goes to the first backend, unchanged",
        arguments: [
            ("POST /api/show", "no JSON"), ("POST /api/show", #"{"model":7}"#), ("POST /api/show", #"{"model":null}"#),
            ("POST /api/show", #"{"model":"b""#), ("POST /api/show", #"["b"]"#), ("POST /api/show", #"{"model":"c"}"#),
            ("POST /api/copy", #"{"model":"b"}"#), ("POST /api/pull", #"{"model":"b"}"#),
            ("POST /api/create", #"{"from":"b","model":"c"}"#), ("POST /x/../api/show", #"{"model":"b"}"#),
            ("POST /api/show", #"{"model":"\#(String(repeating: "b", count: 20_000))"}"#),
            ("POST /api/show", #"{"model":"\#(String(repeating: "b", count: 300))"}"#),
        ]
    )
    func others(line: String, body: String) throws {
        let sent = try self.sent(self.request(line, body), try self.world())
        #expect(sent.backend == 0)
        #expect(sent.text.hasPrefix("\(line) HTTP/1.1\r\n") && sent.text.hasSuffix("\r\n\r\n\(body)"))
    }

    @Test("A body in pieces is put together, and 100-continue is answered")
    func pieces() throws {
        let world = try self.world()
        let (client, connection) = try world.client()
        client.send("POST /api/show HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 13\r\n\r\n")
        world.settle()
        #expect(client.receiveText() == "HTTP/1.1 100 Continue\r\n\r\n")
        for piece in [#"{"model""#, #":"b"}"#] {
            client.send(piece)
            world.settle()
        }
        try #require(world.wires(to: 1).count == 1)
        #expect(world.wires(to: 1)[0].receiveText()?.hasSuffix(#"{"model":"b"}"#) == true)
        connection.close()
        world.settle()
        #expect(world.gateway.memory.heldBytes == 0)
    }

    @Test("If it is not known what the backends have, the first one gets it; if one is not healthy, another one")
    func unknown() throws {
        let world = try GatewayWorld(backendCount: 2)
        #expect(try self.sent(self.request("POST /api/show", #"{"model":"b"}"#), world).backend == 0)
        let other = try self.world()
        other.admission.setBackend(1, healthy: false, now: .now())
        #expect(try self.sent(self.request("POST /api/show", #"{"model":"b"}"#), other).backend == 0)
    }
}
