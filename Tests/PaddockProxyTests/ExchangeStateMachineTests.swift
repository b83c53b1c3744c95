// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import Testing

@testable import PaddockProxy

@Suite("An exchange")
struct ExchangeStateMachineTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    private static func waiting() -> ExchangeStateMachine {
        var machine = ExchangeStateMachine(requestTimeout: .seconds(300))
        machine.firstByteArrived(now: self.start)
        machine.headEnded(.takesWholeBody)
        machine.queued()
        return machine
    }

    private static func relaying(isStream: Bool) -> ExchangeStateMachine {
        var machine = self.waiting()
        machine.admitted()
        machine.backendConnected()
        machine.replyBegan(isStream: isStream, now: self.start.advanced(by: .seconds(10)))
        return machine
    }

    @Test("A head has 30 s from its first byte, a body and an answer request_timeout")
    func deadlines() {
        var machine = ExchangeStateMachine(requestTimeout: .seconds(300))
        #expect(machine.deadline == nil)
        machine.firstByteArrived(now: Self.start)
        #expect(machine.deadline == Self.start.advanced(by: .seconds(30)))
        machine.headEnded(.takesWholeBody)
        #expect(machine.deadline == Self.start.advanced(by: .seconds(300)))
        machine.queued()
        #expect(machine.deadline == nil)
        machine.admitted()
        #expect(machine.deadline == Self.start.advanced(by: .seconds(300)))
    }

    @Test("A stream has its timeout again with each piece; another reply has not")
    func streamsStartAnew() {
        var stream = Self.relaying(isStream: true)
        stream.replyContinued(now: Self.start.advanced(by: .seconds(20)))
        #expect(stream.deadline == Self.start.advanced(by: .seconds(320)))
        var whole = Self.relaying(isStream: false)
        whole.replyContinued(now: Self.start.advanced(by: .seconds(20)))
        #expect(whole.deadline == Self.start.advanced(by: .seconds(300)))
    }

    @Test("What follows from a deadline or a lost backend depends on what the client has seen")
    func failures() {
        var machine = Self.waiting()
        machine.admitted()
        #expect(machine.backendFailed(.backendBrokeOff) == .answer(.backendBrokeOff))
        #expect(machine.deadlineReached() == .answer(.timedOut))
        var stream = Self.relaying(isStream: true)
        #expect(stream.backendFailed(.backendBrokeOff) == .endStream(.backendBrokeOff))
        #expect(stream.deadlineReached() == .endStream(.timedOut))
        var whole = Self.relaying(isStream: false)
        #expect(whole.deadlineReached() == .abort(.timedOut))
    }

    @Test("A client that goes away leaves the queue, or stops its backend, once")
    func clientGone() {
        var waiting = Self.waiting()
        #expect(waiting.clientGone() == .leaveQueue)
        #expect(waiting.clientGone() == .none)
        var stream = Self.relaying(isStream: true)
        #expect(stream.clientGone() == .cancel)
        #expect(stream.backendFailed(.backendBrokeOff) == .none)
        var done = Self.relaying(isStream: true)
        done.replyEnded()
        #expect(done.clientGone() == .none)
    }

    @Test(
        "The date is written as RFC 9110 asks",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_709_210_096, "Thu, 29 Feb 2024 12:34:56 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
        ]
    )
    func date(seconds: Int, text: String) {
        #expect(HTTPDate.text(secondsSinceEpoch: seconds) == text)
    }
}
