// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import HeapModule
internal import PaddockAdmission
package import PaddockBase

/// The gateway in virtual time: the same admission state machine in front of backends that take as long as each request states.
///
/// It has no clock of its own: its caller adds arrivals and advances it, in order of time. What follows from
/// each is in ``happened`` until the next one. Backends are always healthy, and how long a request takes does not depend on
/// what runs beside it.
package struct VirtualGateway: Sendable {
    /// A request that waits or holds a slot.
    private struct Live: Sendable {
        var request: VirtualRequest
        var number: Int32
        var arrived: Int64
        var ticket: Ticket?
        var slot: Slot?
        var ending = Ending.failed
    }

    /// What is to happen to a live request.
    private struct Due: Comparable, Sendable {
        var instant: Int64
        /// Of what is due at one instant, what was planned first comes first.
        var sequence: Int64
        var place: Int32
        var isEnd: Bool

        static func < (left: Due, right: Due) -> Bool {
            left.instant != right.instant ? left.instant < right.instant : left.sequence < right.sequence
        }
    }

    private var admission: VirtualAdmission
    private var live: [Live] = []
    /// Which plans a place's present request has made; older ones are void.
    private var begun: [Int64] = []
    private var free: [Int32] = []
    private var due = Heap<Due>()
    private var sequence: Int64 = 0
    private var timer: Instant?
    /// What followed from the latest arrival or step.
    package private(set) var happened: [VirtualEvent] = []
    /// The time of the latest arrival or step.
    package private(set) var now: Instant

    /// Makes a gateway at which nothing has arrived.
    ///
    /// - Parameters:
    ///   - setting: Its limits and its policy.
    ///   - now: The time.
    package init(_ setting: ReplaySetting, now: Instant) {
        self.admission = VirtualAdmission(setting.admission, now: now)
        self.now = now
    }

    /// When it will have something to do, if nothing arrives before; nil if it is idle.
    package var nextInstant: Instant? {
        guard let due = self.due.min else { return self.timer }
        return min(self.timer ?? .distantFuture, Instant(nanoseconds: due.instant))
    }

    /// A request arrives.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - number: What its events call it.
    ///   - now: The time, no later than ``nextInstant``.
    package mutating func arrive(_ request: VirtualRequest, number: Int32, now: Instant) {
        self.begin(now)
        let place = self.insert(request, number: number)
        let deadline = request.deadline.map { Instant(nanoseconds: now.nanoseconds.addingOrMax($0)) } ?? .distantFuture
        var arriving = ArrivingRequest(id: "", model: request.model, client: request.client, deadline: deadline)
        arriving.requestClass = request.requestClass
        arriving.expectsStream = request.isStream
        arriving.isDeadlineStated = request.isDeadlineStated
        let (arrival, answers) = self.admission.arrive(arriving, number: place, now: now)
        self.take(answers)
        switch arrival {
        case .start(let slot):
            self.start(place, slot)
        case .queued(let ticket, _, let estimatedWait):
            self.live[Int(place)].ticket = ticket
            self.happened.append(.queued(number, estimatedWait: estimatedWait))
            if let patience = request.patience {
                self.plan(place, at: now.nanoseconds.addingOrMax(patience), isEnd: false)
            }
        case .rejected(let rejection):
            self.end(place, Ending(rejection))
        }
    }

    /// Goes on to ``nextInstant`` and does one thing; nothing when it is idle.
    package mutating func step() {
        guard let next = self.nextInstant else { return self.happened.removeAll(keepingCapacity: true) }
        self.begin(next)
        // What ends at the very deadline of a waiter may still give it its slot.
        if let due = self.due.min, due.instant <= next.nanoseconds {
            self.due.removeMin()
            guard self.begun[Int(due.place)] <= due.sequence else { return }
            if due.isEnd { self.finish(due.place) } else { self.giveUp(due.place) }
        } else {
            self.timer = nil
            self.take(self.admission.deadlineReached(now: next))
        }
    }

    private mutating func begin(_ now: Instant) {
        self.now = max(self.now, now)
        self.happened.removeAll(keepingCapacity: true)
    }

    private mutating func insert(_ request: VirtualRequest, number: Int32) -> Int32 {
        let entry = Live(request: request, number: number, arrived: self.now.nanoseconds)
        if let place = self.free.popLast() {
            self.live[Int(place)] = entry
            self.begun[Int(place)] = self.sequence
            return place
        }
        self.live.append(entry)
        self.begun.append(self.sequence)
        return Int32(self.live.count - 1)
    }

    private mutating func plan(_ place: Int32, at instant: Int64, isEnd: Bool) {
        self.due.insert(Due(instant: instant, sequence: self.sequence, place: place, isEnd: isEnd))
        self.sequence += 1
    }

    private mutating func start(_ place: Int32, _ slot: Slot) {
        let entry = self.live[Int(place)]
        let (instant, ending) = entry.request.end(arrived: entry.arrived, started: self.now.nanoseconds)
        self.live[Int(place)].slot = slot
        self.live[Int(place)].ending = ending
        self.happened.append(.started(entry.number))
        self.plan(place, at: instant, isEnd: true)
    }

    private mutating func finish(_ place: Int32) {
        let entry = self.live[Int(place)]
        guard let slot = entry.slot else { return }
        var progress = ReplyProgress()
        let firstByte = slot.started.nanoseconds.addingOrMax(entry.request.firstByte)
        progress.isStream = entry.request.isStream
        progress.status = entry.request.status
        progress.tokens = TokenCounts(prompt: 0, answer: entry.request.tokens)
        progress.firstByte = firstByte <= self.now.nanoseconds ? Instant(nanoseconds: firstByte) : nil
        let answers = self.admission.finish(slot, entry.ending, progress, now: self.now)
        self.end(place, entry.ending)
        self.take(answers)
    }

    /// The client of a waiter goes away; one that holds its slot by now has had its end planned with it.
    private mutating func giveUp(_ place: Int32) {
        guard let ticket = self.live[Int(place)].ticket, self.live[Int(place)].slot == nil else { return }
        let (didWait, answers) = self.admission.cancel(ticket, now: self.now)
        if didWait { self.end(place, .cancelled) }
        self.take(answers)
    }

    private mutating func end(_ place: Int32, _ ending: Ending) {
        self.happened.append(.ended(self.live[Int(place)].number, ending))
        self.begun[Int(place)] = .max
        self.free.append(place)
    }

    private mutating func take(_ answers: VirtualAdmission.Answers) {
        if let deadline = answers.nextDeadline { self.timer = min(self.timer ?? .distantFuture, deadline) }
        answers.forEach { place, answer in
            switch answer {
            case .start(let slot): self.start(place, slot)
            case .reject(let rejection): self.end(place, Ending(rejection))
            case .timeOut: self.end(place, .timedOut)
            case .cancel: break
            }
        }
    }
}
