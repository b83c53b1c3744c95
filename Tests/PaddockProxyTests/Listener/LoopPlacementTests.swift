// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockTesting
import Testing

@testable import PaddockProxy
@testable import PaddockSockets

@Suite("Which event loop serves a connection")
struct LoopPlacementTests {
    @Test(
        "New connections gather on the first loop that has time left, and otherwise go to the one with most",
        arguments: [
            ([0, 0], 0), ([799, 0], 0), ([800, 0], 1), ([900, 850, 100], 2), ([900, 850, 990], 1), ([990], 0),
        ]
    )
    func newConnection(_ loads: [Int], _ loop: Int) {
        #expect(LoopPlacement.forNewConnection(loads) == loop)
    }

    @Test("A loop that has no time left is relieved by the one that has most, if that is enough")
    func relief() {
        #expect(LoopPlacement.relief(of: 0, [950, 0]) == 1)
        #expect(LoopPlacement.relief(of: 1, [300, 990, 200]) == 2)
        #expect(LoopPlacement.relief(of: 0, [949, 0]) == nil)
        #expect(LoopPlacement.relief(of: 0, [990, 601]) == nil)
        #expect(LoopPlacement.relief(of: 0, [990]) == nil)
    }

    @Test("A connection continues with its next request on the loop that it was given to")
    func move() throws {
        let first = try GatewayWorld(ownAnswer: "first")
        let second = try GatewayWorld(ownAnswer: "second")
        let clients = try (0..<8).map { _ in try first.client().0 }
        let question = "GET /queue/stats HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for client in clients { client.send(question) }
        first.settle()
        #expect(clients.allSatisfy { $0.receiveText()?.hasSuffix("first") == true })
        // One is in the middle of a request, and stays.
        clients[0].send("GET /queue/stats HT")
        first.settle()
        first.connections.giveConnections(to: NIOLoopBound(second.connections, eventLoop: second.loop))
        first.settle()
        second.settle()
        clients[0].send("TP/1.1\r\nHost: localhost\r\n\r\n")
        for client in clients.dropFirst() { client.send(question) }
        first.settle()
        second.settle()
        let answers = clients.map { ($0.receiveText() ?? "").suffix(6) }
        #expect(answers[0].hasSuffix("first"))
        #expect(answers.filter { $0 == "second" }.count == 2)
        #expect(answers.filter { $0.hasSuffix("first") }.count == 6)
    }
}
