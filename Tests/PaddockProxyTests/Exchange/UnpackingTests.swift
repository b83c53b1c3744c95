// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockBase
import PaddockConfiguration
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite(
    "Compressed bodies are decompressed in slices",
    .serialized,
    .enabled(if: ZstandardLibrary.shared != nil, "needs libzstd.so.1")
)
struct UnpackingTests {
    /// A request whose compressed body has this many bytes once it is decompressed; 2 KiB contain 20 MiB.
    private func packed(_ model: String, count: Int = 20 << 20, windowLog: Int = 17, isWhole: Bool = true) -> [UInt8] {
        let (start, end) = (#"{"model":"first","prompt":""#, #"","model":"\#(model)"}"#)
        let filler = count - start.utf8.count - end.utf8.count
        let body =
            ZstandardFrame.raw(Array(start.utf8)) + ZstandardFrame.repeating(0x61, count: filler, windowLog: windowLog)
            + ZstandardFrame.raw(Array(end.utf8))
        let head =
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: zstd\r\n"
            + "Content-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + (isWhole ? body : body.dropLast())
    }

    private let plain =
        "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 17\r\n\r\n{\"model\":\"small\"}"
    private let reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

    private func turn(_ world: GatewayWorld, atMost turns: Int = 5_000, until isDone: () -> Bool) -> Int {
        for turn in 0..<turns {
            if isDone() { return turn }
            world.loop.turn(mayWait: false)
        }
        Issue.record("it never came to it")
        return turns
    }

    @Test("Other clients of the loop are served between two slices, however many large bodies there are")
    func servedBetween() throws {
        let world = try GatewayWorld(parallel: 10)
        let large = try (0..<3).map { _ in try world.client().0 }
        for client in large { client.send(self.packed("large")) }
        world.loop.turn(mayWait: false)
        let (small, _) = try world.client()
        small.send(self.plain)
        let turns = self.turn(world) { world.backends.count == 1 }
        #expect(turns <= 5)
        world.settle()
        #expect(world.backends.count == 1, "the large ones are not there yet")
        #expect(try #require(world.backends[0].receiveText()).hasSuffix(#"{"model":"small"}"#))
        world.backends[0].send(self.reply)
        world.settle()
        #expect(try #require(small.receiveText()).hasSuffix("\r\n\r\n{}"))
        #expect(self.turn(world) { world.backends.count == 3 } > 100)
        world.settle()
        #expect(world.admission.activeCount == 3)
        let models = world.admission.snapshot(now: .now()).models.filter { $0.active > 0 }.map(\.name.description)
        #expect(models == ["large"], "the last model counts, as in a body that came unpacked")
    }

    @Test("One byte too many is refused, after any number of slices, and the connection is kept")
    func tooLarge() throws {
        let world = try GatewayWorld()
        let (client, connection) = try world.client()
        client.send(self.packed("a", count: 20 << 20 + 1) + Array(self.plain.utf8))
        var answer = ""
        _ = self.turn(world) {
            answer += client.receiveText() ?? ""
            return answer.contains("the decompressed body has more than")
        }
        #expect(answer.hasPrefix("HTTP/1.1 400 "))
        world.settle()
        #expect(try #require(world.backends.first?.receiveText()).hasSuffix(#"{"model":"small"}"#))
        #expect(connection.isOpen)
    }

    @Test("A client that leaves between two slices costs nothing more")
    func leaves() throws {
        let world = try GatewayWorld()
        let (client, connection) = try world.client()
        client.send(self.packed("a"))
        for _ in 0..<5 { world.loop.turn(mayWait: false) }
        #expect(world.gateway.memory.heldBytes > 0)
        client.close()
        world.settle()
        #expect(!connection.isOpen)
        #expect(world.gateway.memory.heldBytes == 0)
        for _ in 0..<300 { world.loop.turn(mayWait: false) }
        #expect(world.backends.isEmpty && world.admission.snapshot(now: .now()).models.isEmpty)
    }

    @Test("The deadline passes between two slices", arguments: [true, false])
    func deadline(isWhole: Bool) throws {
        var configuration = Configuration()
        configuration.requestTimeout = .milliseconds(1)
        let world = try GatewayWorld(configuration: configuration)
        let (client, _) = try world.client()
        client.send(self.packed("a", isWhole: isWhole))
        var answer = ""
        _ = self.turn(world) {
            answer += client.receiveText() ?? ""
            return answer.contains("request_timeout")
        }
        #expect(answer.hasPrefix("HTTP/1.1 408 "))
        #expect(world.gateway.memory.heldBytes == 0)
        for _ in 0..<300 { world.loop.turn(mayWait: false) }
        #expect(world.backends.isEmpty)
    }

    @Test("A drain between two slices refuses the request")
    func drain() throws {
        let world = try GatewayWorld()
        let (client, _) = try world.client()
        client.send(self.packed("a"))
        for _ in 0..<5 { world.loop.turn(mayWait: false) }
        world.gateway.drain {}
        var answer = ""
        _ = self.turn(world) {
            answer += client.receiveText() ?? ""
            return answer.contains("shutting_down")
        }
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
        #expect(world.gateway.memory.heldBytes == 0)
    }

    @Test("The window of a frame counts in max_queued_bytes while it is needed")
    func window() throws {
        var configuration = Configuration()
        configuration.maxQueuedBytes = 8 << 20
        let world = try GatewayWorld(configuration: configuration)
        let (client, _) = try world.client()
        client.send(self.packed("a", windowLog: 23))
        var answer = ""
        _ = self.turn(world) {
            answer += client.receiveText() ?? ""
            return answer.contains("max_queued_bytes")
        }
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
        #expect(world.gateway.memory.heldBytes == 0)
        let (other, _) = try world.client()
        other.send(self.packed("b"))
        _ = self.turn(world) { world.admission.activeCount == 1 }
        #expect(
            1..<65_536 ~= world.gateway.memory.heldBytes,
            "the decoder is gone when the request is with the backend"
        )
    }
}
