// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOEmbedded
import Testing

@testable import PaddockProxy

@Suite("Turns of an event loop")
struct LoopTurnTests {
    /// Notes what it is told to do, and may write when it works something off.
    private final class Connection: LoopConnection {
        let name: String
        let log: Log
        let turn: LoopTurn
        let context: ChannelHandlerContext? = nil
        var isFlushDue = false
        var onWork: () -> Void = {}

        init(_ name: String, _ log: Log, _ turn: LoopTurn) {
            self.name = name
            self.log = log
            self.turn = turn
        }

        func workOff() {
            self.log.lines.append("\(self.name) works")
            self.onWork()
        }

        func flushNow() { self.log.lines.append("\(self.name) sends") }
    }

    private final class Log {
        var lines: [String] = []
    }

    private let loop = EmbeddedEventLoop()
    private let log = Log()

    @Test("Everything is worked off before anything is sent, and nothing before the events are over")
    func order() {
        let turn = LoopTurn(on: self.loop)
        let (first, second) = (Connection("first", self.log, turn), Connection("second", self.log, turn))
        first.onWork = { turn.hasWritten(first) }
        second.onWork = { turn.hasWritten(second) }
        turn.hasRead(first)
        turn.hasRead(second)
        #expect(self.log.lines.isEmpty)
        self.loop.run()
        #expect(self.log.lines == ["first works", "second works", "first sends", "second sends"])
    }

    @Test("What one does for another is sent in the same turn, and a new turn begins anew")
    func others() {
        let turn = LoopTurn(on: self.loop)
        let (client, backend) = (Connection("client", self.log, turn), Connection("backend", self.log, turn))
        client.onWork = { turn.hasWritten(backend) }
        turn.hasRead(client)
        self.loop.run()
        turn.hasWritten(client)
        self.loop.run()
        #expect(self.log.lines == ["client works", "backend sends", "client sends"])
    }
}
