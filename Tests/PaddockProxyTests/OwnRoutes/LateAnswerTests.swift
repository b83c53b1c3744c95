// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import PaddockTesting
import Synchronization
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("Own routes whose answers take long", .serialized)
struct LateAnswerTests {
    /// Answers that are rendered when the test decides.
    private final class SlowRoutes: Sendable {
        private let begun = Mutex(0)
        private let permits = DispatchSemaphore(value: 0)

        /// How many renderings have begun.
        var count: Int { self.begun.withLock { $0 } }

        /// Lets a rendering end.
        func letGo() { self.permits.signal() }

        /// The route that answers with them.
        var table: OwnRoutes {
            let answer = SharedAnswer(
                on: DispatchQueue(label: "test"),
                toAll: { questions in
                    let number = self.begun.withLock { begun in
                        begun += 1
                        return begun
                    }
                    #expect(self.permits.wait(timeout: .now() + 30) == .success, "nobody lets it go")
                    let rest = String(repeating: ".", count: 10_000)
                    return questions.map { OwnReply(200, body: "answer \(number) to \($0)\(rest)") }
                }
            )
            return OwnRoutes([OwnRoute("/queue/stats", .get) { answer.answer($0.query ?? "") }])
        }
    }

    private let question = "GET /queue/stats HTTP/1.1\r\nHost: localhost\r\n\r\n"
    private let generate =
        "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 13\r\n\r\n{\"model\":\"a\"}"

    /// Waits until a rendering has begun, which is on a thread of its own.
    private func untilBegun(_ count: Int, _ routes: SlowRoutes, _ world: GatewayWorld) {
        while routes.count < count { world.settle() }
    }

    /// Waits until something has arrived.
    private func answer(to client: Peer, _ world: GatewayWorld) -> String {
        while true {
            world.settle()
            if let text = client.receiveText(), !text.isEmpty { return text }
        }
    }

    @Test("While one is rendered, other clients of the same event loop are served")
    func othersAreServed() throws {
        let routes = SlowRoutes()
        let world = try GatewayWorld(ownRoutes: routes.table)
        let (reader, _) = try world.client()
        reader.send(self.question)
        self.untilBegun(1, routes, world)
        let (client, _) = try world.client()
        client.send(self.generate)
        world.settle()
        let backend = try #require(world.backends.first)
        _ = backend.receiveText()
        backend.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        world.settle()
        #expect(try #require(client.receiveText()).hasSuffix("{}"))
        #expect(reader.receiveText() == "")
        routes.letGo()
        #expect(self.answer(to: reader, world).contains("answer 1 to "))
    }

    @Test("All who ask while one is rendered share the next, which has begun after they asked")
    func shared() throws {
        let routes = SlowRoutes()
        let world = try GatewayWorld(ownRoutes: routes.table)
        let readers = try (0..<20).map { _ in try world.client().0 }
        readers[0].send(self.question)
        self.untilBegun(1, routes, world)
        for reader in readers[1...] { reader.send(self.question) }
        world.settle()
        routes.letGo()
        self.untilBegun(2, routes, world)
        routes.letGo()
        #expect(self.answer(to: readers[0], world).contains("answer 1 to "))
        for reader in readers[1...] { #expect(self.answer(to: reader, world).contains("answer 2 to ")) }
        #expect(routes.count == 2)
        // The connection goes on.
        readers[3].send(self.question)
        self.untilBegun(3, routes, world)
        routes.letGo()
        #expect(self.answer(to: readers[3], world).contains("answer 3 to "))
    }

    @Test("A request after one that is being rendered is read when that is answered")
    func pipelined() throws {
        let routes = SlowRoutes()
        let world = try GatewayWorld(ownRoutes: routes.table)
        let (reader, _) = try world.client()
        reader.send(self.question + self.question.replacing("stats", with: "stats?model=b"))
        self.untilBegun(1, routes, world)
        routes.letGo()
        #expect(self.answer(to: reader, world).contains("answer 1 to "))
        self.untilBegun(2, routes, world)
        routes.letGo()
        #expect(self.answer(to: reader, world).contains("answer 2 to model=b"))
    }

    @Test("A client that only half-closes gets its answers, and then the end")
    func halfClosed() throws {
        let routes = SlowRoutes()
        let world = try GatewayWorld(ownRoutes: routes.table)
        let (reader, connection) = try world.client()
        reader.send(self.question + self.question)
        self.untilBegun(1, routes, world)
        reader.end()
        world.settle()
        #expect(connection.isOpen)
        routes.letGo()
        #expect(self.answer(to: reader, world).contains("answer 1 to "))
        self.untilBegun(2, routes, world)
        routes.letGo()
        #expect(self.answer(to: reader, world).contains("answer 2 to "))
        world.settle()
        #expect(!connection.isOpen)
    }

    @Test("A client that disconnects before its answer is there does no harm")
    func gone() throws {
        let routes = SlowRoutes()
        let world = try GatewayWorld(ownRoutes: routes.table)
        let (leaver, connection) = try world.client()
        let (reader, _) = try world.client()
        leaver.send(self.question)
        self.untilBegun(1, routes, world)
        reader.send(self.question)
        world.settle()
        connection.close()
        routes.letGo()
        self.untilBegun(2, routes, world)
        routes.letGo()
        #expect(self.answer(to: reader, world).contains("answer 2 to "))
    }
}
