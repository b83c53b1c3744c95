// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

#if SANITIZE_THREADS
import SanitizerMutex
#else
import Synchronization
#endif

/// The one owner of the admission machine: everything that starts, waits or is rejected passes through here.
///
/// Each event locks, changes the machine, unlocks, and only then calls waiters and handlers, on the caller's thread. One lock
/// guards all models, so that a snapshot is consistent; it is held for a few hundred instructions.
package final class AdmissionController: Sendable {
    typealias Machine = AdmissionStateMachine<any Waiter>

    private let machine: Mutex<Machine>
    private let onDeadline: @Sendable (AdmissionController, Instant) -> Void
    private let onCommand: @Sendable (AdmissionController, BackendCommand) -> Void
    /// Who is told of requests, to decide about them for a whole cluster; nil without one.
    private let follower: (any AdmissionFollower)?
    /// Decides for a whole cluster while this process coordinates it: learns of backends and limits what this one learns.
    private let twin = Mutex<AdmissionController?>(nil)

    /// Makes a controller with nothing active and nothing queued; every backend counts as healthy.
    ///
    /// - Parameters:
    ///   - options: What it begins with.
    ///   - now: The time.
    ///   - onDeadline: Asks for one call of ``deadlineReached(now:)`` at an instant, so that one timer serves all waiters. It
    ///     asks again only for an earlier instant, or after that call. Threads may get here in another order than they asked
    ///     in: keep a timer that is set to an earlier instant. Called without the lock.
    ///   - onCommand: Carries out what is to be done on a backend. Called without the lock. Defaults to nobody: enough as long as
    ///     ``observe(_:on:asked:now:)`` is never called.
    ///   - follower: Is told of requests. Called without the lock. Defaults to nobody.
    package init(
        _ options: AdmissionOptions,
        now: Instant,
        follower: (any AdmissionFollower)? = nil,
        onDeadline: @escaping @Sendable (_ controller: AdmissionController, _ deadline: Instant) -> Void,
        onCommand: @escaping @Sendable (_ controller: AdmissionController, _ command: BackendCommand) -> Void = {
            _,
            _ in
        }
    ) {
        self.machine = Mutex(Machine(options, isFollowed: follower != nil, now: now))
        self.onDeadline = onDeadline
        self.onCommand = onCommand
        self.follower = follower
    }

    // MARK: - The life of a request

    /// Decides about a request whose body is complete and whose model is known.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - waiter: Who is told what becomes of it; released when it has ended.
    ///   - now: The time.
    /// - Returns: What becomes of it.
    package func arrive(_ request: ArrivingRequest, waiter: any Waiter, now: Instant) -> Arrival {
        let arrival = self.run { $0.arrive(request, waiter: waiter, now: now, &$1) }
        if let follower = self.follower, case .queued(let ticket, _, _) = arrival {
            follower.arrived(ticket, request, isBehind: self.machine.withLock { $0.isBehindOthers(ticket) })
        }
        return arrival
    }

    /// Counts a request for whose body there is no memory, as arrived and rejected.
    ///
    /// - Parameters:
    ///   - model: Its model.
    ///   - now: The time.
    /// - Returns: What to answer.
    package func rejectForMemory(model: ModelName, now: Instant) -> Rejection {
        self.run { $0.rejectForMemory(model: model, now: now, &$1) }
    }

    /// Takes a request out of its queue because its client went away.
    ///
    /// - Parameters:
    ///   - ticket: The request.
    ///   - now: The time.
    /// - Returns: `false` if it is not queued any more: its waiter has been called, or is about to be. A slot that is on its way
    ///   must still be leased and ended.
    package func cancel(_ ticket: Ticket, now: Instant) -> Bool {
        let waiter = self.run { $0.cancel(ticket, now: now, &$1) }
        return waiter != nil
    }

    /// Makes the lease that gives a slot back.
    ///
    /// To be called exactly once for each slot.
    ///
    /// - Parameter slot: From an arrival, a waiter's start or a reassignment.
    /// - Returns: The lease.
    package func lease(_ slot: Slot) -> SlotLease {
        SlotLease(slot, from: self)
    }

    /// Cancels a request for an operator, queued or active; of several with one id the one that came last.
    ///
    /// O(requests), though never for long under the lock: not for an event loop.
    ///
    /// - Parameters:
    ///   - id: The request's id.
    ///   - now: The time.
    /// - Returns: `false` if there is no such request.
    package func cancel(id: String, now: Instant) -> Bool {
        guard let ticket = self.find([id])[id] else { return false }
        return self.run { $0.cancelByAdmin(ticket, now: now, &$1) }
    }

    /// Ends the request that holds a slot; for leases only.
    ///
    /// Where nobody knows the time it is that of the latest event.
    func finish(_ slot: Slot, _ ending: Ending, _ progress: ReplyProgress, now: Instant?) {
        // The waiter is released here, without the lock.
        _ = self.run { $0.finish(slot, ending, progress, now: now, &$1) }
        self.follower?.ended(slot, ending, progress)
    }

    /// Counts what was relayed for a request that goes on; for leases only.
    func report(_ slot: Slot, _ progress: ReplyProgress) {
        self.machine.withLock { $0.report(slot, progress) }
    }

    /// A reply has begun that is no error; for leases only.
    func answered(_ slot: Slot, isStream: Bool, now: Instant) {
        self.run { $0.answered(slot, isStream: isStream, now: now, &$1) }
        self.follower?.answered(slot, isStream: isStream)
    }

    /// A backend has refused a request; for leases only.
    func refused(_ slot: Slot, retryAfter: Nanoseconds?, now: Instant) -> Bool {
        let mayGoElsewhere = self.run { $0.refused(slot, retryAfter: retryAfter, now: now, &$1) }
        if mayGoElsewhere { self.follower?.refused(slot, retryAfter: retryAfter) }
        return mayGoElsewhere
    }

    /// Looks for another backend for a request that was refused; for leases only.
    func reassign(_ slot: Slot, now: Instant) -> Reassignment {
        let answer = self.run { $0.reassign(slot, now: now, &$1) }
        self.follower?.moved(slot, answer)
        return answer
    }

    /// Looks for another backend for the request that holds a slot; for leases only.
    func backendUnreachable(_ slot: Slot, now: Instant) -> Reassignment {
        let answer = self.run { $0.backendUnreachable(slot, now: now, &$1) }
        self.follower?.moved(slot, answer)
        return answer
    }

    /// Times out every waiter whose deadline has come.
    ///
    /// - Parameter now: The time. Too early does no harm: the next deadline is asked for again.
    package func deadlineReached(now: Instant) {
        self.run { $0.deadlineReached(now: now, &$1) }
    }

    // MARK: - Changes from outside

    /// Sets one or both limits of a model, which need not have been seen before.
    ///
    /// It takes effect at once, and the model keeps its entry for ever.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - parallel: At least 1; `nil` leaves it as it is.
    ///   - queue: At least 0; `nil` leaves it as it is.
    ///   - now: The time.
    /// - Returns: The limits that held until now, and those that hold from now on.
    @discardableResult
    package func updateLimits(
        model: ModelName,
        parallel: Int?,
        queue: Int?,
        now: Instant
    ) -> (before: Limits, after: Limits) {
        self.change {
            $0.updateLimits(model: model, to: LimitOverrides(parallel: parallel, queue: queue), now: now, &$1)
        }
    }

    /// Takes over what a config says that was loaded anew, at once and as a whole.
    ///
    /// Limits of models that were set by ``updateLimits(model:parallel:queue:now:)`` stay until the config's own value for them
    /// changes.
    ///
    /// - Parameters:
    ///   - limits: The limits of models without limits of their own.
    ///   - policy: Who is next.
    ///   - models: What the config says about models.
    ///   - now: The time.
    package func reconfigure(
        limits: Limits,
        policy: AdmissionPolicy,
        models: [ModelName: LimitOverrides],
        now: Instant
    ) {
        self.change { $0.reconfigure(defaults: limits, policy: policy, named: models, now: now, &$1) }
    }

    /// Applies what clients may use at most, by their names; what they have used stays.
    ///
    /// - Parameters:
    ///   - quotas: The quotas; a client without one may use anything.
    ///   - now: The time.
    package func setQuotas(_ quotas: [String: Quota], now: Instant) {
        self.change { $0.setQuotas(quotas, now: now, &$1) }
    }

    /// Applies what operators order of clients at run time, by their names.
    ///
    /// It takes effect at once: what is paused starts nothing, what runs goes on, and what may start again does.
    ///
    /// - Parameters:
    ///   - orders: All orders; a client that is not among them has none, and need not have been seen before.
    ///   - now: The time.
    package func obey(_ orders: [String: ClientOrder], now: Instant) { self.change { $0.obey(orders, now: now, &$1) } }

    /// Compares the clock of the machine with that of the world, by which quotas of a day end.
    ///
    /// - Parameter offset: What an instant lacks to be nanoseconds since 1970.
    package func setClock(offset: Int64) { self.change { machine, _ in machine.fleet.quotas.setClock(offset: offset) } }

    /// A client with a quota has used at least so many tokens in a day that may be today, those that are counted already included.
    ///
    /// - Parameters:
    ///   - tokens: How many.
    ///   - name: The name of the client.
    ///   - day: The day of UTC, in days since 1970.
    package func noteUsed(atLeast tokens: Int, by name: String, day: Int64) {
        self.change { machine, _ in machine.fleet.quotas.noteUsed(atLeast: tokens, by: name, day: day) }
    }

    /// The clients that have a quota, in the order of their names.
    package var quotaNames: [String] { self.machine.withLock { $0.fleet.quotas.names } }

    /// How much of its quota a client has used; nil if it has none.
    package func quotaStanding(of name: String, now: Instant) -> QuotaStanding? {
        self.machine.withLock { $0.fleet.quotas.standing(of: name, now: now) }
    }

    /// Zeroes the totals and averages of one model or of all; what is active and queued stays, and will count in no total.
    ///
    /// - Parameters:
    ///   - model: The model; `nil` for all.
    ///   - now: The time.
    /// - Returns: `false` if the model has no entry.
    @discardableResult
    package func resetTotals(model: ModelName?, now: Instant) -> Bool {
        self.run { $0.resetTotals(model: model, now: now, &$1) }
    }

    /// Notes whether a backend answers.
    ///
    /// One that answers again gets waiting requests at once.
    ///
    /// - Parameters:
    ///   - index: The backend.
    ///   - healthy: Whether it answers.
    ///   - isCertain: Whether that leaves no doubt; if it does, a backend whose requests get on counts as healthy all the same. Defaults
    ///     to `true`.
    ///   - now: The time.
    package func setBackend(_ index: BackendIndex, healthy: Bool, isCertain: Bool = true, now: Instant) {
        self.change { $0.setBackend(index, healthy: healthy, isCertain: isCertain, now: now, &$1) }
    }

    /// A backend has listed what it has loaded (`/api/ps`); from then on requests of other models wait for a load.
    ///
    /// - Parameters:
    ///   - list: What it listed; of more than 64 the first.
    ///   - backend: The backend.
    ///   - asked: When it was asked: what has changed since then is not news.
    ///   - now: The time.
    /// - Returns: The model whose load does not end, if the backend is wedged.
    @discardableResult
    package func observe(_ list: [LoadedModel], on backend: BackendIndex, asked: Instant, now: Instant) -> ModelName? {
        self.change { $0.observe(list, on: backend, asked: asked, now: now, &$1) }
    }

    /// A backend did not say what it has loaded, or not in a way that is understood. After three times in a row every model counts as
    /// loaded there again.
    package func observationFailed(on backend: BackendIndex, now: Instant) {
        self.change { $0.observationFailed(on: backend, now: now, &$1) }
    }

    /// A backend has listed what can be loaded there (`/api/tags`), with sizes in bytes.
    package func setInstalled(_ models: [ModelName: Int64], on backend: BackendIndex, now: Instant) {
        self.change { $0.setInstalled(models, on: backend, now: now, &$1) }
    }

    /// A backend has loaded a pinned model, or has not.
    package func preloaded(_ model: ModelName, on backend: BackendIndex, succeeded: Bool, now: Instant) {
        self.run { $0.preloaded(model, on: backend, succeeded: succeeded, now: now, &$1) }
    }

    /// A backend has answered that it has unloaded a model, or has not answered in time.
    package func unloaded(_ model: ModelName, on backend: BackendIndex, now: Instant) {
        self.run { $0.unloaded(model, on: backend, now: now, &$1) }
    }

    /// A backend has answered a request of a client to unload a model, which took no slot.
    package func unloadedForClient(_ model: ModelName, on backend: BackendIndex, now: Instant) {
        self.change { $0.unloadedForClient(model, on: backend, now: now, &$1) }
    }

    /// Gives a backend an index of its own, so that everybody can learn where it is; it gets no requests yet.
    ///
    /// - Parameters:
    ///   - traits: What is said of it.
    ///   - now: The time.
    /// - Returns: Its index, for ``openBackend(_:now:)``.
    package func addBackend(_ traits: BackendTraits, now: Instant) -> BackendIndex {
        // One after the other, so that a backend has one index in both.
        self.twin.withLock { twin in
            let index = self.run { $0.addBackend(traits, now: now, &$1) }
            _ = twin?.run { $0.addBackend(traits, now: now, &$1) }
            return index
        }
    }

    /// Notes what is said of a backend anew. If it may have fewer requests than it has, these go on.
    ///
    /// - Parameters:
    ///   - index: The backend.
    ///   - traits: What is said of it.
    ///   - now: The time.
    package func describeBackend(_ index: BackendIndex, _ traits: BackendTraits, now: Instant) {
        self.change { $0.describeBackend(index, traits, now: now, &$1) }
    }

    /// Gives a backend requests from now on: one that was added, drained or removed.
    ///
    /// - Parameters:
    ///   - index: The backend.
    ///   - now: The time.
    package func openBackend(_ index: BackendIndex, now: Instant) {
        self.change { $0.openBackend(index, now: now, &$1) }
    }

    /// Gives a backend no more requests; those that it has go on. Its index stays its own.
    ///
    /// - Parameters:
    ///   - index: The backend.
    ///   - isRemoved: Whether readings no longer show it when they have ended.
    ///   - now: The time.
    /// - Returns: `false` if it is the only one that gets requests: it stays as it is.
    package func closeBackend(_ index: BackendIndex, isRemoved: Bool, now: Instant) -> Bool {
        self.change { $0.closeBackend(index, isRemoved: isRemoved, now: now, &$1) }
    }

    /// Rejects all that wait and all that arrive from now on.
    ///
    /// What is active goes on.
    ///
    /// - Parameter now: The time.
    package func drain(now: Instant) {
        self.run { $0.drain(now: now, &$1) }
    }

    // MARK: - Readings

    /// The backend for a request that takes no slot: the first healthy one, else the first.
    ///
    /// Always the same one while nothing changes, so that operations of several steps meet one backend.
    ///
    /// - Returns: The backend.
    package func chooseBackendForPassThrough() -> BackendIndex {
        self.machine.withLock { $0.backendForPassThrough }
    }

    /// The backend for a request that takes no slot and names a model: one that has it installed, if there is one.
    package func chooseBackend(having model: ModelName) -> BackendIndex {
        self.machine.withLock { $0.backend(having: model) }
    }

    /// Whether nothing waits for a model to be loaded, and nothing is being loaded.
    package var isFleetSettled: Bool {
        self.machine.withLock { $0.fleet.isSettled() && !$0.fleet.backends.contains { $0.isLoading } }
    }

    /// The backends that answered when they were last tried, or of all if none did.
    package var usableBackends: [BackendIndex] { self.machine.withLock { $0.usableBackends } }

    /// Active requests of all models.
    package var activeCount: Int { self.machine.withLock { $0.activeCount } }

    /// Reads what can be told without a look at each model.
    ///
    /// - Parameter now: The time.
    package func summary(now: Instant) -> AdmissionSummary { self.machine.withLock { $0.summary(now: now) } }

    /// Reads one model.
    ///
    /// - Parameters:
    ///   - model: The model.
    ///   - now: The time, for its uptime.
    /// - Returns: `nil` if it has no entry.
    package func snapshot(of model: ModelName, now: Instant) -> ModelSnapshot? {
        self.machine.withLock { $0.snapshot(of: model, now: now) }
    }

    /// Reads one model and what is loaded where, at one instant.
    ///
    /// - Returns: `nil` if it has no entry.
    package func reading(of model: ModelName, now: Instant) -> (queue: ModelSnapshot, fleet: FleetSnapshot)? {
        self.machine.withLock { machine in
            machine.snapshot(of: model, now: now).map { ($0, machine.summary(now: now).fleet) }
        }
    }

    /// The names of all models that have an entry, in their order.
    package var modelNames: [ModelName] { self.machine.withLock { $0.modelNames }.sorted() }

    /// Reads everything at one instant.
    ///
    /// O(models), some 0.1 µs each under the lock.
    ///
    /// - Parameter now: The time, for the uptimes.
    /// - Returns: One consistent reading.
    package func snapshot(now: Instant) -> AdmissionSnapshot {
        var snapshot = self.machine.withLock { $0.snapshot(now: now) }
        let models = snapshot.models
        // By index, as a reading is a kilobyte that would be moved ten times.
        snapshot.models = models.indices.sorted { models[$0].name < models[$1].name }.map { models[$0] }
        return snapshot
    }

    /// Reads every live request at one instant.
    ///
    /// - Parameters:
    ///   - model: The model whose requests are told of. Defaults to `nil`: all.
    ///   - now: The time.
    /// - Returns: The active ones in order of their start, then for each model the waiting ones in the order in which they
    ///   would start if nobody else came.
    package func requests(of model: ModelName? = nil, now: Instant) -> [RequestSnapshot] {
        // The order is worked out on a copy, so that nobody waits for it. The copy itself is made by the next event.
        self.machine.withLock { $0 }.requestSnapshots(of: model, now: now) { $0.progress }
    }

    /// Reads live requests by their ids; of several with one id the one that came last.
    ///
    /// O(requests), though never for long under the lock: not for an event loop.
    ///
    /// - Parameters:
    ///   - ids: The ids.
    ///   - now: The time.
    /// - Returns: What was found, by id. With several clients the position of one that waits is an estimate.
    package func requests(withIDs ids: Set<String>, now: Instant) -> [String: RequestSnapshot] {
        self.find(ids).compactMapValues { ticket in
            self.machine.withLock { $0.requestSnapshot(of: ticket, now: now) { $0.progress } }
        }
    }

    /// Whose live requests there are, in no order.
    ///
    /// O(requests), though never for long under the lock: not for an event loop. A request that begins or ends meanwhile may be there or not.
    package var liveRequests: [LiveRequest] {
        var live: [LiveRequest] = []
        var next: RequestIndex? = RequestIndex(row: 0)
        while let first = next { next = self.machine.withLock { $0.liveRequests(from: first, &live) } }
        return live
    }

    /// Reads the requests that hold a slot, in no order.
    ///
    /// O(requests), though never for long under the lock: not for an event loop. A request that begins or ends meanwhile may be there or not.
    ///
    /// - Parameter now: The time.
    package func activeRequests(now: Instant) -> [RequestSnapshot] {
        var active: [RequestSnapshot] = []
        var next: RequestIndex? = RequestIndex(row: 0)
        while let first = next {
            next = self.machine.withLock { $0.activeRequests(from: first, now: now, &active) { $0.progress } }
        }
        return active
    }

    private func find(_ ids: Set<String>) -> [String: Ticket] {
        var found: [String: Ticket] = [:]
        var next: RequestIndex? = RequestIndex(row: 0)
        while let first = next { next = self.machine.withLock { $0.find(ids, from: first, &found) } }
        return found
    }

    /// What a queued request waits for.
    ///
    /// - Returns: `nil` if it is not queued any more.
    package func waitReason(of ticket: Ticket, now: Instant) -> WaitReason.Kind? {
        self.machine.withLock { $0.waitReason(of: ticket, now: now) }
    }

    /// Where a queued request is, what it waits for and for how long, about.
    ///
    /// - Parameters:
    ///   - ticket: The request.
    ///   - now: The time.
    /// - Returns: `nil` if it is not queued any more.
    package func waiting(_ ticket: Ticket, now: Instant) -> WaitingRequest? {
        var waiting = self.machine.withLock { $0.waiting(ticket, now: now) }
        waiting?.isOwn = self.follower != nil
        return waiting
    }

    /// Asks whoever decides for a whole cluster where a queued request is: its waiter hears ``WaiterAnswer/waits(_:_:)``, unless there is
    /// no answer.
    ///
    /// - Returns: `false` if nobody but this one decides.
    package func askPlace(of ticket: Ticket) -> Bool {
        guard let follower = self.follower, self.machine.withLock({ $0.isLed }) else { return false }
        follower.asks(ticket)
        return true
    }

    // MARK: - The shell

    /// Every event passes here: lock, change, unlock, act.
    ///
    /// Inlined, as a closure would copy the request that it takes along.
    @inline(__always)
    func run<Answer: Sendable>(_ event: (inout Machine, inout Machine.Actions) -> Answer) -> Answer {
        var actions = Machine.Actions()
        let answer = self.machine.withLock { event(&$0, &actions) }
        actions.forEachAnswer { waiter, answer in waiter.hear(answer) }
        if !actions.isPlain {
            for command in actions.commands { self.onCommand(self, command) }
            if let follower = self.follower { for ticket in actions.leavers { follower.left(ticket) } }
        }
        if let deadline = actions.nextDeadline { self.onDeadline(self, deadline) }
        return answer
    }

    /// An event that is no request: whoever decides for the whole cluster learns of it too.
    private func change<Answer: Sendable>(_ event: (inout Machine, inout Machine.Actions) -> Answer) -> Answer {
        let answer = self.run(event)
        if let twin = self.twin.withLock({ $0 }) { _ = twin.run(event) }
        return answer
    }

    /// Makes an admission with everything that this one knows, without any request, to decide for a whole cluster. From now on it learns of
    /// backends, limits, quotas and orders what this one learns, until another one is made, or ``removeTwin()``.
    package func makeTwin(
        now: Instant,
        onDeadline: @escaping @Sendable (_ controller: AdmissionController, _ deadline: Instant) -> Void
    ) -> AdmissionController {
        self.twin.withLock { twin in
            let machine = self.machine.withLock { $0 }.withoutRequests(now: now)
            let new = AdmissionController(machine, onDeadline: onDeadline, onCommand: self.onCommand)
            twin = new
            return new
        }
    }

    /// Whoever decides for the whole cluster does so no longer.
    package func removeTwin() { self.twin.withLock { $0 = nil } }

    private init(
        _ machine: Machine,
        onDeadline: @escaping @Sendable (AdmissionController, Instant) -> Void,
        onCommand: @escaping @Sendable (AdmissionController, BackendCommand) -> Void
    ) {
        self.machine = Mutex(machine)
        self.onDeadline = onDeadline
        self.onCommand = onCommand
        self.follower = nil
    }
}
