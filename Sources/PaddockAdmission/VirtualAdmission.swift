// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// The admission machine for requests that are numbers, without a lock, a timer and leases: for replays and simulations, which bring
/// events in order of time.
package struct VirtualAdmission: Sendable {
    /// What follows from an event for others.
    package struct Answers: Sendable {
        fileprivate var actions = AdmissionActions<Int32>()

        /// When ``VirtualAdmission/deadlineReached(now:)`` is to be called, if that is earlier than any event asked for before.
        package var nextDeadline: Instant? { self.actions.nextDeadline }

        /// What is to be done on backends.
        package var commands: [BackendCommand] { self.actions.commands }

        /// Passes on the answers to waiters in their order.
        package func forEach(_ body: (_ number: Int32, _ answer: WaiterAnswer) -> Void) {
            self.actions.forEachAnswer { body($0, $1) }
        }
    }

    private var machine: AdmissionStateMachine<Int32>

    /// Makes an admission at which nothing has arrived.
    ///
    /// - Parameters:
    ///   - options: its limits and its policy.
    ///   - now: the time.
    package init(_ options: AdmissionOptions, now: Instant) {
        self.machine = AdmissionStateMachine(options, now: now)
    }

    /// A request arrives.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - number: what answers call it.
    ///   - now: the time.
    package mutating func arrive(
        _ request: ArrivingRequest,
        number: Int32,
        now: Instant
    ) -> (arrival: Arrival, answers: Answers) {
        var answers = Answers()
        let arrival = self.machine.arrive(request, waiter: number, now: now, &answers.actions)
        return (arrival, answers)
    }

    /// A request that held a slot has ended.
    ///
    /// - Parameters:
    ///   - slot: its slot.
    ///   - ending: how it ended.
    ///   - progress: how far its reply came.
    ///   - now: the time.
    package mutating func finish(_ slot: Slot, _ ending: Ending, _ progress: ReplyProgress, now: Instant) -> Answers {
        var answers = Answers()
        _ = self.machine.finish(slot, ending, progress, now: now, &answers.actions)
        return answers
    }

    /// A reply that is no error has begun.
    package mutating func answered(_ slot: Slot, isStream: Bool, now: Instant) -> Answers {
        var answers = Answers()
        self.machine.answered(slot, isStream: isStream, now: now, &answers.actions)
        return answers
    }

    /// A backend has listed what can be loaded there, with sizes in bytes.
    package mutating func setInstalled(_ models: [ModelName: Int64], on backend: BackendIndex, now: Instant) -> Answers
    {
        var answers = Answers()
        self.machine.setInstalled(models, on: backend, now: now, &answers.actions)
        return answers
    }

    /// A backend has listed what it has loaded.
    package mutating func observe(_ list: [LoadedModel], on backend: BackendIndex, now: Instant) -> Answers {
        var answers = Answers()
        self.machine.observe(list, on: backend, asked: now, now: now, &answers.actions)
        return answers
    }

    /// A backend has unloaded a model that it was asked to unload.
    package mutating func unloaded(_ model: ModelName, on backend: BackendIndex, now: Instant) -> Answers {
        var answers = Answers()
        self.machine.unloaded(model, on: backend, now: now, &answers.actions)
        return answers
    }

    /// A backend has loaded a pinned model.
    package mutating func preloaded(_ model: ModelName, on backend: BackendIndex, now: Instant) -> Answers {
        var answers = Answers()
        self.machine.preloaded(model, on: backend, succeeded: true, now: now, &answers.actions)
        return answers
    }

    /// The client of a request has gone away; nothing changes for one that does not wait any more.
    package mutating func cancel(_ ticket: Ticket, now: Instant) -> (didWait: Bool, answers: Answers) {
        var answers = Answers()
        let waiter = self.machine.cancel(ticket, now: now, &answers.actions)
        return (waiter != nil, answers)
    }

    /// The time that an event asked for has come.
    package mutating func deadlineReached(now: Instant) -> Answers {
        var answers = Answers()
        self.machine.deadlineReached(now: now, &answers.actions)
        return answers
    }
}
