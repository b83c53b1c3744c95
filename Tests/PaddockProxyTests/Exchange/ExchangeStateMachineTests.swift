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
        var machine = ExchangeStateMachine(requestTimeout: .seconds(300), now: Instant(nanoseconds: 0))
        machine.firstByteArrived(now: self.start)
        machine.headEnded(.takesWholeBody)
        machine.queued(now: Instant(nanoseconds: 0))
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
        var machine = ExchangeStateMachine(requestTimeout: .seconds(300), now: Instant(nanoseconds: 0))
        #expect(machine.deadline == nil)
        machine.firstByteArrived(now: Self.start)
        #expect(machine.deadline == Self.start.advanced(by: .seconds(30)))
        machine.headEnded(.takesWholeBody)
        #expect(machine.deadline == Self.start.advanced(by: .seconds(300)))
        machine.queued(now: Instant(nanoseconds: 0))
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
        #expect(machine.deadlineReached(now: Instant(nanoseconds: 0)) == .answer(.timedOut))
        var stream = Self.relaying(isStream: true)
        #expect(stream.backendFailed(.backendBrokeOff) == .endStream(.backendBrokeOff))
        #expect(stream.deadlineReached(now: Instant(nanoseconds: 0)) == .endStream(.timedOut))
        var whole = Self.relaying(isStream: false)
        #expect(whole.deadlineReached(now: Instant(nanoseconds: 0)) == .abort(.timedOut))
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
        done.replyEnded(now: Instant(nanoseconds: 0))
        #expect(done.clientGone() == .none)
    }

    /// A machine in each phase, with what it does when its deadline is reached, its backend fails, its client goes.
    private static var phases:
        [(
            name: String, steps: [(inout ExchangeStateMachine) -> Void], onDeadline: ExchangeStateMachine.Action,
            onFailure: ExchangeStateMachine.Action, onClientGone: ExchangeStateMachine.Action
        )]
    {
        let began: (inout ExchangeStateMachine) -> Void = { $0.firstByteArrived(now: Self.start) }
        let queued: [(inout ExchangeStateMachine) -> Void] = [
            began, { $0.headEnded(.takesWholeBody) }, { $0.queued(now: Instant(nanoseconds: 0)) },
        ]
        let awaiting = queued + [{ $0.admitted() }, { $0.backendConnected() }]
        let failure = ExchangeFailure.backendBrokeOff
        return [
            ("idle", [], .none, .none, .none),
            ("head", [began], .answer(.headTimedOut), .none, .none),
            ("body", [began, { $0.headEnded(.takesWholeBody) }], .answer(.bodyTimedOut), .none, .none),
            ("waiting", queued, .none, .none, .leaveQueue),
            ("connecting", queued + [{ $0.admitted() }], .answer(.timedOut), .answer(failure), .cancel),
            ("awaiting", awaiting, .answer(.timedOut), .answer(failure), .cancel),
            (
                "stream", awaiting + [{ $0.replyBegan(isStream: true, now: Self.start) }], .endStream(.timedOut),
                .endStream(failure), .cancel
            ),
            (
                "whole reply", awaiting + [{ $0.replyBegan(isStream: false, now: Self.start) }], .abort(.timedOut),
                .abort(failure), .cancel
            ),
            ("answering", [began, { $0.answering() }], .none, .none, .none),
            ("closing", [began, { $0.closing(now: Self.start) }], .close, .none, .none),
            (
                "passing through", [began, { $0.headEnded(.passesThrough) }], .answer(.timedOut), .answer(failure),
                .cancel
            ),
        ]
    }

    @Test("In each phase it is certain what a deadline, a lost backend and a lost client lead to")
    func everyPhase() {
        for phase in Self.phases {
            var machine = ExchangeStateMachine(requestTimeout: .seconds(300), now: Instant(nanoseconds: 0))
            for step in phase.steps { step(&machine) }
            #expect(machine.backendFailed(.backendBrokeOff) == phase.onFailure, "\(phase.name)")
            var timedOut = machine
            let onDeadline = timedOut.deadlineReached(now: Instant(nanoseconds: 0))
            #expect(onDeadline == phase.onDeadline && timedOut.deadline == nil, "\(phase.name)")
            #expect(timedOut.phase == machine.phase, "\(phase.name)")
            let onClientGone = machine.clientGone()
            #expect(onClientGone == phase.onClientGone, "\(phase.name)")
            #expect(machine.phase == .closing && machine.deadline == nil, "\(phase.name)")
        }
    }

    @Test("What passes through has no deadline, not even as a stream, and neither has the next request's wait")
    func passesThrough() {
        var machine = Self.relaying(isStream: true)
        machine.replyEnded(now: Instant(nanoseconds: 0))
        #expect(machine.phase == .idle && machine.deadline == nil)
        let later = Self.start.advanced(by: .seconds(60))
        machine.firstByteArrived(now: later)
        #expect(machine.requestDeadline == later.advanced(by: .seconds(300)))
        machine.headEnded(.passesThrough)
        machine.backendConnected()
        machine.replyBegan(isStream: true, now: later)
        machine.replyContinued(now: later.advanced(by: .seconds(1)))
        #expect(machine.phase == .relaying(isStream: true) && machine.deadline == nil)
    }

    @Test("A client has request_timeout to take its last bytes, and then 5 s to close")
    func closing() {
        var machine = Self.relaying(isStream: false)
        let end = Self.start.advanced(by: .seconds(40))
        machine.closing(now: end)
        #expect(machine.deadline == end.advanced(by: .seconds(300)))
        machine.lingering(now: end)
        #expect(machine.deadline == end.advanced(by: .seconds(5)) && machine.phase == .closing)
    }
}
