// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// What admission costs, through the controller and its lock. Prints nanoseconds per operation, best of several rounds.
// Exit status 1 when a bound is exceeded; an argument (`finish`, `queue`, `cancel` …) asks for one part alone.

import Glibc
import PaddockAdmission
import PaddockBase
import Synchronization

/// Remembers the last slot it was given; one object serves all requests of a run.
final class SlotBox: Waiter {
    private let slot = Mutex<Slot?>(nil)

    func hear(_ answer: WaiterAnswer) {
        if case .start(let slot) = answer { self.slot.withLock { $0 = slot } }
    }

    func take() -> Slot? { self.slot.withLock { $0.take() } }
}

/// Nanoseconds per operation of the best of `rounds` rounds.
func measure(_ name: String, operations: Int, rounds: Int = 7, _ body: () -> Void) -> Double {
    var best = Double.infinity
    for _ in 0..<rounds {
        let start = ContinuousClock.now
        body()
        let elapsed = ContinuousClock.now - start
        best = min(best, elapsed / .nanoseconds(1) / Double(operations))
    }
    let tenths = Int((best * 10).rounded())
    print("\(name): \(tenths / 10).\(tenths % 10) ns")
    return best
}

/// Prints a figure beside its bound.
///
/// - Returns: Whether it keeps within it.
func check(_ name: String, _ figure: Double, atMost bound: Double) -> Bool {
    let hundredths = Int((figure * 100).rounded())
    let isKept = figure <= bound
    print("  \(name): \(Double(hundredths) / 100), bound \(bound): \(isKept ? "pass" : "fail")")
    return isKept
}

/// A clock that ticks one microsecond at each reading, so that readings cost nothing.
struct TickingClock {
    private var nanoseconds: Int64 = 0

    mutating func now() -> Instant {
        self.nanoseconds += 1_000
        return Instant(nanoseconds: self.nanoseconds)
    }
}

let timeout: Int64 = 300_000_000_000

func model(_ name: String) -> ModelName {
    guard let name = ModelName(name) else { fatalError("no model name: \(name)") }
    return name
}

let localhost = Client(name: "127.0.0.1")

func request(_ model: ModelName, of client: Client = localhost, deadline: Instant) -> ArrivingRequest {
    ArrivingRequest(id: "abcdefghijklmno", model: model, client: client, deadline: deadline)
}

func makeController(parallel: Int, queue: Int) -> AdmissionController {
    AdmissionController(
        AdmissionOptions(limits: Limits(parallel: parallel, queue: queue)),
        now: Instant(nanoseconds: 0),
        onDeadline: { _, _ in }
    )
}

/// One request after the other; a slot is always free.
func arriveAndFinish() -> Double {
    let controller = makeController(parallel: 4, queue: 512)
    let (llama, box) = (model("llama2"), SlotBox())
    var clock = TickingClock()
    return measure("arrive + finish, slot free", operations: 1_000_000, rounds: 3) {
        for _ in 0..<1_000_000 {
            let now = clock.now()
            guard
                case .start(let slot) = controller.arrive(
                    request(llama, deadline: Instant(nanoseconds: now.nanoseconds + timeout)),
                    waiter: box,
                    now: now
                )
            else { fatalError("a slot was free") }
            controller.lease(slot).end(.completed, now: clock.now())
        }
    }
}

/// Each request waits behind `waiting` others; each end starts one.
func arriveAndFinishBehind(_ waiting: Int) -> Double {
    let controller = makeController(parallel: 1, queue: waiting + 1)
    let (llama, box) = (model("llama2"), SlotBox())
    var clock = TickingClock()
    var lease: SlotLease?
    for _ in 0...waiting {
        let now = clock.now()
        let arrival = controller.arrive(
            request(llama, deadline: Instant(nanoseconds: now.nanoseconds + timeout)),
            waiter: box,
            now: now
        )
        if case .start(let slot) = arrival { lease = controller.lease(slot) }
    }
    let operations = 300_000
    let cost = measure("arrive + finish, \(waiting) waiting", operations: operations) {
        for _ in 0..<operations {
            let now = clock.now()
            _ = controller.arrive(
                request(llama, deadline: Instant(nanoseconds: now.nanoseconds + timeout)),
                waiter: box,
                now: now
            )
            lease.take()?.end(.completed, now: clock.now())
            if let slot = box.take() { lease = controller.lease(slot) }
        }
    }
    lease.take()?.end(.completed, now: clock.now())
    return cost
}

/// A waiter somewhere among `waiting` others is cancelled, and another arrives.
func arriveAndCancelAmong(_ waiting: Int) -> Double {
    let controller = makeController(parallel: 1, queue: waiting)
    let (llama, box) = (model("llama2"), SlotBox())
    var clock = TickingClock()
    var lease: SlotLease?
    var tickets: [Ticket] = []
    for _ in 0...waiting {
        let now = clock.now()
        switch controller.arrive(
            request(llama, deadline: Instant(nanoseconds: now.nanoseconds + timeout)),
            waiter: box,
            now: now
        ) {
        case .start(let slot): lease = controller.lease(slot)
        case .queued(let ticket, _, _): tickets.append(ticket)
        case .rejected: fatalError("the queue had room")
        }
    }
    var random: UInt64 = 0x9E37_79B9_7F4A_7C15
    let operations = 300_000
    let cost = measure("arrive + cancel, \(waiting) waiting", operations: operations) {
        for _ in 0..<operations {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let victim = Int((random >> 33) % UInt64(waiting))
            guard controller.cancel(tickets[victim], now: clock.now()) else { fatalError("it was queued") }
            let now = clock.now()
            guard
                case .queued(let ticket, _, _) = controller.arrive(
                    request(llama, deadline: Instant(nanoseconds: now.nanoseconds + timeout)),
                    waiter: box,
                    now: now
                )
            else { fatalError("there was room") }
            tickets[victim] = ticket
        }
    }
    lease.take()?.end(.completed, now: clock.now())
    return cost
}

/// Each request waits among 10,000 others of so many clients; each end starts one of the client whose turn it is. With a full
/// queue each arrival also is a rejection, or a client that holds less than its share displaces a waiter.
func arriveAndFinishAmong(clients count: Int, isFull: Bool = false) -> Double {
    let waiting = 10_000
    let controller = makeController(parallel: 1, queue: isFull ? waiting : 2 * waiting)
    let (llama, box) = (model("llama2"), SlotBox())
    let clients = (0..<count).map { Client(name: "10.0.\($0 / 256).\($0 % 256)", weight: Double($0 % 3 + 1)) }
    var clock = TickingClock()
    var lease: SlotLease?
    var next = 0
    func arrive() -> Slot? {
        let now = clock.now()
        next = (next + 7_919) % count
        let arriving = request(llama, of: clients[next], deadline: Instant(nanoseconds: now.nanoseconds + timeout))
        if case .start(let slot) = controller.arrive(arriving, waiter: box, now: now) { return slot }
        return nil
    }
    for _ in 0...waiting {
        if let slot = arrive() { lease = controller.lease(slot) }
    }
    let operations = 200_000
    let cost = measure("arrive\(isFull ? " twice" : "") + finish, clients waiting: \(count)", operations: operations) {
        for _ in 0..<operations {
            _ = arrive()
            if isFull { _ = arrive() }
            lease.take()?.end(.completed, now: clock.now())
            if let slot = box.take() { lease = controller.lease(slot) }
        }
    }
    lease.take()?.end(.completed, now: clock.now())
    return cost
}

/// Two threads, one lock.
func contended() async {
    let controller = makeController(parallel: 4, queue: 512)
    let operations = 500_000
    let start = ContinuousClock.now
    await withTaskGroup(of: Void.self) { group in
        for name in ["llama2", "qwen3"] {
            group.addTask {
                let (model, box) = (model(name), SlotBox())
                var clock = TickingClock()
                for _ in 0..<operations {
                    let now = clock.now()
                    let arrival = controller.arrive(
                        request(model, deadline: Instant(nanoseconds: now.nanoseconds + timeout)),
                        waiter: box,
                        now: now
                    )
                    if case .start(let slot) = arrival {
                        controller.lease(slot).end(.completed, now: clock.now())
                    }
                }
            }
        }
    }
    let cost = (ContinuousClock.now - start) / .nanoseconds(1) / Double(2 * operations)
    print("arrive + finish, two threads: \(Int(cost.rounded())) ns")
}

func names() {
    for raw in ["llama3.2:3b", "qwen2.5-coder:7b-instruct", "llama2:latest", "registry.ollama.ai/library/llama2"] {
        var length = 0
        _ = measure("ModelName(\"\(raw)\")", operations: 100_000) {
            for _ in 0..<100_000 { length &+= ModelName(raw)?.description.utf8.count ?? 0 }
        }
        precondition(length > 0)
    }
}

func snapshots() {
    let controller = makeController(parallel: 1, queue: 512)
    let box = SlotBox()
    for index in 0..<1_000 {
        let now = Instant(nanoseconds: Int64(index))
        if case .start(let slot) = controller.arrive(
            request(model("model-\(index)"), deadline: now),
            waiter: box,
            now: now
        ) {
            controller.lease(slot).end(.completed, now: now)
        }
    }
    var count = 0
    _ = measure("snapshot of 1,000 models", operations: 10) {
        for _ in 0..<10 { count += controller.snapshot(now: Instant(nanoseconds: 2_000)).models.count }
    }
    precondition(count > 0)
    _ = measure("names of 1,000 models", operations: 10) {
        for _ in 0..<10 { count += controller.modelNames.count }
    }
}

/// What readings of requests cost, and what they cost the event behind them: 1,000 models with as many waiters each as make so
/// many together.
func readings(waiting: Int) {
    let controller = makeController(parallel: 1, queue: waiting)
    let box = SlotBox()
    let models = (0..<1_000).map { model("model-\($0)") }
    var clock = TickingClock()
    for index in 0..<1_000 + waiting {
        let now = clock.now()
        let id = "request\(index)"
        _ = controller.arrive(
            ArrivingRequest(
                id: id,
                model: models[index % 1_000],
                client: localhost,
                deadline: Instant(nanoseconds: now.nanoseconds + timeout)
            ),
            waiter: box,
            now: now
        )
    }
    let last = "request\(999 + waiting)"
    _ = measure("one of \(waiting) waiters by id", operations: 10) {
        for _ in 0..<10 { precondition(controller.requests(withIDs: [last], now: clock.now()).count == 1) }
    }
    var list: [RequestSnapshot] = []
    _ = measure("list of \(waiting) waiters", operations: 1, rounds: 3) {
        list = controller.requests(now: clock.now())
    }
    precondition(list.count == 1_000 + waiting)
}

let filter = CommandLine.arguments.dropFirst().first
func isWanted(_ name: String) -> Bool { filter == nil || filter == name }

var kept = true
if isWanted("finish") {
    let nanoseconds = arriveAndFinish()
    kept = check("a million pairs, seconds", nanoseconds / 1_000, atMost: 1) && kept
}
if isWanted("queue") {
    let (few, many) = (arriveAndFinishBehind(10), arriveAndFinishBehind(100_000))
    kept = check("100,000 waiting against 10, times", many / few, atMost: 2) && kept
}
if isWanted("cancel") {
    // No bound on their ratio: which waiter goes is random here, so that with many of them each cancel also pays for
    // memory that no cache holds. That is a fixed price; what must not happen is a price per waiter.
    let (few, many) = (arriveAndCancelAmong(10), arriveAndCancelAmong(100_000))
    print("  100,000 waiting against 10, times: \((many / few * 100).rounded() / 100)")
    kept = check("microseconds among 100,000", many / 1_000, atMost: 5) && kept
}
if isWanted("clients") {
    let costs = [1, 100, 10_000].map { arriveAndFinishAmong(clients: $0) }
    kept = check("10,000 clients against 100, times", costs[2] / costs[1], atMost: 3) && kept
    let full = [100, 10_000].map { arriveAndFinishAmong(clients: $0, isFull: true) }
    kept = check("the same with a full queue, times", full[1] / full[0], atMost: 3) && kept
}
if isWanted("contended") { await contended() }
if isWanted("names") { names() }
if isWanted("snapshot") { snapshots() }
if isWanted("readings") { for waiting in [4_000, 100_000] { readings(waiting: waiting) } }
exit(kept ? 0 : 1)
