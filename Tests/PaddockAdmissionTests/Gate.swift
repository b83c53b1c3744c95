// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockTesting
import Testing

@testable import PaddockAdmission

/// Drives the admission machine from a script: requests are numbers, time moves by hand, answers are recorded.
final class Gate {
    /// What a waiter has heard.
    enum Heard: Hashable {
        case start(Int, backend: BackendIndex)
        case reject(Int, Rejection)
        case timeOut(Int, waited: Nanoseconds)
        case cancel(Int)
    }

    private(set) var machine: AdmissionStateMachine<Int>
    private(set) var now = Instant(nanoseconds: 0)
    /// The slots that are held, by request.
    private(set) var slots: [Int: Slot] = [:]
    /// The tickets of all requests that were ever queued.
    private(set) var tickets: [Int: Ticket] = [:]
    private var heard: [Heard] = []
    private var commands: [BackendCommand] = []
    /// What requests say at their end that they have used.
    var tokens: [Int: TokenCounts] = [:]
    /// The deadline that was asked for last.
    private(set) var nextDeadline: Instant?

    init(
        parallel: Int = 1,
        queue: Int = 10,
        policy: AdmissionPolicy = AdmissionPolicy(),
        backends: Int = 1,
        slots: [BackendIndex: Int] = [:],
        named: [ModelName: LimitOverrides] = [:],
        unnamedLimit: Int = 1_000,
        maxLoaded: Int? = nil,
        quotas: [String: Quota] = [:]
    ) {
        var options = AdmissionOptions(limits: Limits(parallel: parallel, queue: queue), backendCount: backends)
        options.policy = policy
        options.models = named
        options.backendSlots = slots
        options.unnamedModelLimit = unnamedLimit
        options.quotas = quotas
        for backend in 0..<backends { options.memory[BackendIndex(backend)] = MemoryFit(maxLoaded: maxLoaded) }
        self.machine = AdmissionStateMachine(options, now: self.now)
    }

    var snapshot: AdmissionSnapshot { self.machine.snapshot(now: self.now) }

    /// The reading of a model; fails the test if it has no entry.
    func reading(_ model: ModelName = "llama2") throws -> ModelSnapshot {
        try #require(self.snapshot.model(model))
    }

    /// What waiters have heard since this was last asked.
    func takeHeard() -> [Heard] {
        defer { self.heard = [] }
        return self.heard
    }

    func wait(_ duration: Nanoseconds) {
        self.now = self.now + duration
    }

    /// A request arrives; its id is its number.
    ///
    /// - Parameter patience: The timeout that its client stated.
    @discardableResult
    func arrive(
        _ request: Int,
        _ model: ModelName = "llama2",
        of client: Client = Client(name: "somebody"),
        _ requestClass: RequestClass = .interactive,
        streams: Bool = false,
        within timeout: Nanoseconds? = nil,
        patience: Nanoseconds? = nil
    ) -> Arrival {
        self.arrive(
            request,
            self.arriving(
                request,
                model,
                of: client,
                requestClass,
                streams: streams,
                within: timeout,
                patience: patience
            )
        )
    }

    /// A request that arrives now.
    func arriving(
        _ request: Int,
        _ model: ModelName,
        of client: Client,
        _ requestClass: RequestClass,
        streams: Bool,
        within timeout: Nanoseconds?,
        patience: Nanoseconds?
    ) -> ArrivingRequest {
        let deadline = (patience ?? timeout).map { self.now + $0 } ?? .distantFuture
        var arriving = ArrivingRequest(id: String(request), model: model, client: client, deadline: deadline)
        arriving.requestClass = requestClass
        arriving.expectsStream = streams
        arriving.isDeadlineStated = patience != nil
        return arriving
    }

    @discardableResult
    func arrive(_ request: Int, _ arriving: ArrivingRequest) -> Arrival {
        let arrival = self.run { $0.arrive(arriving, waiter: request, now: $1, &$2) }
        switch arrival {
        case .start(let slot): self.slots[request] = slot
        case .queued(let ticket, _, _): self.tickets[request] = ticket
        case .rejected: break
        }
        return arrival
    }

    @discardableResult
    func cancel(_ request: Int) throws -> Bool {
        let ticket = try #require(self.tickets[request])
        return self.run { $0.cancel(ticket, now: $1, &$2) } == request
    }

    /// A request with a slot ends.
    ///
    /// - Parameters:
    ///   - status: The status of a reply that began although the request did not complete.
    ///   - firstByte: When the first byte of its reply arrived, after its slot.
    func finish(
        _ request: Int,
        _ outcome: Outcome = .completed(status: 200),
        behind status: Int = 0,
        firstByte: Nanoseconds? = nil,
        isStream: Bool = false,
        bytes: Int = 0,
        chunks: Int = 0
    ) throws {
        let slot = try self.takeSlot(of: request)
        var progress = ReplyProgress()
        progress.firstByte = firstByte.map { slot.started + $0 }
        progress.isStream = isStream
        progress.bytes = bytes
        progress.chunks = chunks
        progress.status = max(outcome.status, status)
        progress.tokens = self.tokens[request]
        _ = self.run { $0.finish(slot, outcome.ending, progress, now: $1, &$2) }
    }

    /// A request with a slot ends, and the end of its reply says what took how long.
    func finish(
        _ request: Int,
        saying durations: ReplyDurations,
        firstByte: Nanoseconds? = nil,
        isStream: Bool = false
    ) throws {
        let slot = try self.takeSlot(of: request)
        var progress = ReplyProgress()
        progress.firstByte = firstByte.map { slot.started + $0 } ?? self.now
        progress.isStream = isStream
        progress.status = 200
        progress.durations = durations
        _ = self.run { $0.finish(slot, .completed, progress, now: $1, &$2) }
    }

    /// A request with a slot ends, and has used tokens.
    func finish(_ request: Int, tokens: TokenCounts?) throws {
        let slot = try self.takeSlot(of: request)
        var progress = ReplyProgress()
        progress.status = 200
        progress.tokens = tokens
        _ = self.run { $0.finish(slot, .completed, progress, now: $1, &$2) }
    }

    /// Applies other quotas.
    func obey(_ orders: [String: ClientOrder]) { self.run { $0.obey(orders, now: $1, &$2) } }

    func setQuotas(_ quotas: [String: Quota]) { self.run { $0.setQuotas(quotas, now: $1, &$2) } }

    /// How much of its quota a client has used.
    func standing(of client: String) -> QuotaStanding? { self.machine.fleet.quotas.standing(of: client, now: self.now) }

    /// A client has used tokens before, on a day since 1970.
    func noteUsed(atLeast tokens: Int, by client: String, day: Int64) {
        self.machine.fleet.quotas.noteUsed(atLeast: tokens, by: client, day: day)
    }

    /// Compares the clock with that of the world.
    func setClock(offset: Int64) { self.machine.fleet.quotas.setClock(offset: offset) }

    /// Bytes and chunks that were relayed of a reply that continues.
    func report(_ request: Int, bytes: Int, chunks: Int = 0) throws {
        let slot = try #require(self.slots[request], "request \(request) holds no slot")
        var progress = ReplyProgress()
        progress.bytes = bytes
        progress.chunks = chunks
        self.machine.report(slot, progress)
    }

    /// An operator cancels a request.
    @discardableResult
    func cancel(id: Int) -> Bool {
        // One for an unknown request still is an event.
        let ticket = self.find([String(id)])[String(id)] ?? Ticket(index: RequestIndex(row: 0), sequence: .max)
        return self.run { $0.cancelByAdmin(ticket, now: $1, &$2) }
    }

    /// The tickets of live requests by their ids.
    func find(_ ids: Set<String>) -> [String: Ticket] {
        var found: [String: Ticket] = [:]
        var next: RequestIndex? = RequestIndex(row: 0)
        while let first = next { next = self.machine.find(ids, from: first, &found) }
        return found
    }

    /// The numbers of the requests that wait for a model, in the order in which they would start.
    func order(_ model: ModelName = "llama2") -> [Int] {
        self.machine.requestSnapshots(now: self.now).filter { $0.model == model && $0.position > 0 }.compactMap {
            Int($0.id)
        }
    }

    /// The place of a queued request, about.
    func place(of request: Int) -> Int? {
        self.tickets[request].flatMap { self.machine.position(of: $0) }
    }

    /// All readings of requests.
    var requests: [RequestSnapshot] { self.machine.requestSnapshots(now: self.now) }

    @discardableResult
    func backendUnreachable(_ request: Int) throws -> Reassignment {
        let slot = try self.takeSlot(of: request)
        let answer = self.run { $0.backendUnreachable(slot, now: $1, &$2) }
        switch answer {
        case .start(let slot): self.slots[request] = slot
        case .queued(let ticket): self.tickets[request] = ticket
        case .rejected, .noBackend: break
        }
        return answer
    }

    func rejectForMemory(_ model: ModelName = "llama2") -> Rejection {
        self.run { $0.rejectForMemory(model: model, now: $1, &$2) }
    }

    func deadlineReached() {
        self.nextDeadline = nil
        self.run { $0.deadlineReached(now: $1, &$2) }
    }

    @discardableResult
    func update(_ model: ModelName = "llama2", parallel: Int? = nil, queue: Int? = nil) -> Limits {
        let overrides = LimitOverrides(parallel: parallel, queue: queue)
        return self.run { $0.updateLimits(model: model, to: overrides, now: $1, &$2) }.after
    }

    func reconfigure(
        parallel: Int,
        queue: Int,
        policy: AdmissionPolicy = AdmissionPolicy(),
        named: [ModelName: LimitOverrides] = [:]
    ) {
        let defaults = Limits(parallel: parallel, queue: queue)
        self.run { $0.reconfigure(defaults: defaults, policy: policy, named: named, now: $1, &$2) }
    }

    @discardableResult
    func reset(_ model: ModelName? = nil) -> Bool {
        self.run { $0.resetTotals(model: model, now: $1, &$2) }
    }

    func setBackend(_ index: BackendIndex, healthy: Bool) {
        self.run { $0.setBackend(index, healthy: healthy, isCertain: true, now: $1, &$2) }
    }

    // MARK: - What backends say

    /// A backend lists what it has loaded; it was asked just now.
    func observe(_ loaded: [ModelName], on backend: BackendIndex = 0) {
        self.list(loaded.map { LoadedModel(name: $0) }, on: backend)
    }

    func list(_ loaded: [LoadedModel], on backend: BackendIndex = 0) {
        _ = self.run { $0.observe(loaded, on: backend, asked: $1, now: $1, &$2) }
    }

    func unloadedForClient(_ model: ModelName, on backend: BackendIndex = 0) {
        self.run { $0.unloadedForClient(model, on: backend, now: $1, &$2) }
    }

    func install(_ models: [ModelName], on backend: BackendIndex = 0) {
        let sizes = Dictionary(uniqueKeysWithValues: models.map { ($0, Int64(1) << 30) })
        self.run { $0.setInstalled(sizes, on: backend, now: $1, &$2) }
    }

    func unloaded(_ model: ModelName, on backend: BackendIndex = 0) {
        self.run { $0.unloaded(model, on: backend, now: $1, &$2) }
    }

    func preloaded(_ model: ModelName, on backend: BackendIndex = 0, succeeded: Bool = true) {
        self.run { $0.preloaded(model, on: backend, succeeded: succeeded, now: $1, &$2) }
    }

    func observationFailed(on backend: BackendIndex = 0) {
        self.run { $0.observationFailed(on: backend, now: $1, &$2) }
    }

    /// The first byte of a reply has come.
    func answered(_ request: Int) throws {
        let slot = try #require(self.slots[request], "request \(request) holds no slot")
        self.run { $0.answered(slot, isStream: true, now: $1, &$2) }
    }

    /// The backend refuses a request.
    ///
    /// - Returns: What becomes of it; `nil` if the refusal is its answer.
    @discardableResult
    func refuse(_ request: Int) throws -> Reassignment? {
        let slot = try #require(self.slots[request], "request \(request) holds no slot")
        guard self.run({ $0.refused(slot, retryAfter: nil, now: $1, &$2) }) else { return nil }
        self.slots[request] = nil
        let answer = self.run { $0.reassign(slot, now: $1, &$2) }
        switch answer {
        case .start(let slot): self.slots[request] = slot
        case .queued(let ticket): self.tickets[request] = ticket
        case .rejected, .noBackend: break
        }
        return answer
    }

    /// What was to be done on backends since this was last asked.
    func takeCommands() -> [BackendCommand] {
        defer { self.commands = [] }
        return self.commands
    }

    func addBackend(slots: Int? = nil) -> BackendIndex {
        var traits = BackendTraits()
        traits.slots = slots
        return self.run { $0.addBackend(traits, now: $1, &$2) }
    }

    /// What is said of a backend changes.
    func describeBackend(_ index: BackendIndex, slots: Int?) {
        var traits = BackendTraits()
        traits.slots = slots
        self.run { $0.describeBackend(index, traits, now: $1, &$2) }
    }

    func openBackend(_ index: BackendIndex) { self.run { $0.openBackend(index, now: $1, &$2) } }

    func closeBackend(_ index: BackendIndex, isRemoved: Bool = false) -> Bool {
        self.run { $0.closeBackend(index, isRemoved: isRemoved, now: $1, &$2) }
    }

    func drain() {
        self.run { $0.drain(now: $1, &$2) }
    }

    private func takeSlot(of request: Int) throws -> Slot {
        let slot = self.slots.removeValue(forKey: request)
        return try #require(slot, "request \(request) holds no slot")
    }

    private func run<Answer>(
        _ event: (inout AdmissionStateMachine<Int>, Instant, inout AdmissionActions<Int>) -> Answer
    ) -> Answer {
        var actions = AdmissionActions<Int>()
        let answer = event(&self.machine, self.now, &actions)
        self.commands += actions.commands
        actions.forEachAnswer { request, answer in
            switch answer {
            case .start(let slot):
                self.slots[request] = slot
                self.heard.append(.start(request, backend: slot.backend))
            case .reject(let rejection): self.heard.append(.reject(request, rejection))
            case .timeOut(let waited, _): self.heard.append(.timeOut(request, waited: waited))
            case .cancel: self.heard.append(.cancel(request))
            case .placed, .waits: break
            }
        }
        if let deadline = actions.nextDeadline { self.nextDeadline = deadline }
        return answer
    }
}

extension Arrival {
    var isStarted: Bool {
        if case .start = self { true } else { false }
    }

    var isQueued: Bool {
        if case .queued = self { true } else { false }
    }
}

extension Instant {
    /// An instant of a script, in seconds since its beginning.
    static func seconds(_ seconds: Int64) -> Instant {
        Instant(nanoseconds: seconds * 1_000_000_000)
    }
}

/// How a request that holds a slot ends: as the machine is told, in one word.
enum Outcome: Hashable, Sendable {
    case completed(status: Int)
    case failed
    case timedOut
    case cancelled

    var ending: Ending {
        switch self {
        case .completed: .completed
        case .failed: .failed
        case .timedOut: .timedOut
        case .cancelled: .cancelled
        }
    }

    var status: Int { if case .completed(let status) = self { status } else { 0 } }

    var isErrorReply: Bool { self.status >= 400 }
}
