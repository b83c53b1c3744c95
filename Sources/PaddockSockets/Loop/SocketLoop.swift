// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
package import Dispatch
internal import Foundation
package import NIOCore

#if SANITIZE_THREADS
internal import SanitizerMutex
#else
internal import Synchronization
#endif

/// An event loop: one thread that waits for sockets and timers, and does what is due.
///
/// It runs in turns. First everything that has arrived is read, then all of it is delivered, then everything is sent. If only one
/// connection has something to do, this makes no difference. If many have, the code of each of the three steps, the kernel's
/// and ours, stays in the processor's caches, and a receiver that is woken by a first reply finds the others there, too. The
/// measurements are in docs/design.md.
///
/// It is an event loop of NIO, so futures, promises and `NIOLoopBound` work on it; channels of NIO do not. Everything that
/// is not `Sendable` is to be used on its thread.
package final class SocketLoop: @unchecked Sendable {
    private struct Watched {
        var pollable: (any Pollable)?
        var interest: Readiness = []
        /// How often the entry was reused, so that events of a closed descriptor do not reach its successor.
        var generation: UInt32 = 0
    }

    /// In a list of closures each would have a second one around it.
    private struct Task {
        let run: () -> Void
    }

    private struct Shared {
        var tasks: [@Sendable () -> Void] = []
        /// Whether the loop waits, or is about to, and so has to be woken for a task.
        var isWaiting = false
        var hasEnded = false
        var whenEnded: [@Sendable () -> Void] = []
        var turns = TurnLengths()
    }

    private let poller: Poller
    private let wakeUp: WakeUp
    /// By descriptor.
    private var watched: [Watched] = []
    private var timers = TimerQueue()
    private var tasks: [Task] = []
    /// Tasks for this turn, after the current work; and those of them that run now, in a list that is kept for the memory of the next.
    private var soonTasks: [Task] = []
    private var runningTasks: [Task] = []
    private let shared = Mutex(Shared())
    private var thread: pthread_t?
    private var isEnding = false
    /// When the wait of this turn returned.
    private var turnBegan: NIODeadline
    /// When the work of the last turn ended.
    private var turnEnded: NIODeadline

    private let read = TurnList()
    /// Those that are sent first, and all others.
    private let writtenFirst = TurnList()
    private let written = TurnList()
    /// The connections that were closed in this turn, and may be in the lists.
    private var closed: [Connection] = []
    var receiveBuffers = ReceiveBuffers()
    private var sendBuffers = SendBuffers()
    /// Makes the buffers for sending.
    package let allocator = ByteBufferAllocator()

    private init() throws {
        self.poller = try Poller()
        self.wakeUp = try WakeUp()
        self.turnBegan = .now()
        self.turnEnded = self.turnBegan
        try self.watch(self.wakeUp.descriptor, Waker(self.wakeUp), [.readable, .wokenOnce])
    }

    /// Begins an event loop on a thread of its own.
    ///
    /// - Parameter name: the name of the thread, for people who look at the process; 15 bytes are shown on Linux.
    /// - Throws: `IOError` if the process has no descriptors left.
    package static func start(name: String) throws -> SocketLoop {
        let loop = try SocketLoop()
        let isRunning = DispatchSemaphore(value: 0)
        let thread = Thread {
            // By the thread itself, as the system can name only the current thread.
            Thread.current.name = name
            loop.thread = pthread_self()
            isRunning.signal()
            loop.run()
        }
        thread.start()
        isRunning.wait()
        return loop
    }

    /// An event loop without a thread, which the caller drives by `turn`, for tests.
    package static func manual() throws -> SocketLoop {
        let loop = try SocketLoop()
        loop.thread = pthread_self()
        return loop
    }

    // MARK: - Turns

    private func run() {
        while !self.isEnding { self.turn() }
        self.endAll()
    }

    /// One turn.
    ///
    /// - Parameter mayWait: whether to wait until there is something to do. Defaults to true.
    package func turn(mayWait: Bool = true) {
        self.receiveBuffers.beginTurn()
        self.sendBuffers.beginTurn()
        let lastTurn = (self.turnEnded - self.turnBegan).nanoseconds
        let waitingTime = mayWait && self.beginToWait() ? self.waitingTime() : 0
        self.poller.wait(milliseconds: waitingTime, returned: { self.turnBegan = .now() }) { tag, readiness in
            let watched = self.watched[Int(UInt32(truncatingIfNeeded: tag))]
            if watched.generation == UInt32(truncatingIfNeeded: tag >> 32) { watched.pollable?.ready(readiness) }
        }
        self.runTasks(lastTurn: lastTurn)
        self.deliverAndSend()
        self.turnEnded = .now()
    }

    /// When the wait of this turn returned: what is read in it had arrived by then.
    package var turnTime: NIODeadline { self.turnBegan }

    /// How long its turns took; the current one and the one before it are not counted yet.
    package var turnLengths: TurnLengths { self.shared.withLock { $0.turns } }

    /// - Returns: whether it may wait; other threads wake it from then on.
    private func beginToWait() -> Bool {
        guard self.tasks.isEmpty else { return false }
        return self.shared.withLock { shared in
            shared.isWaiting = shared.tasks.isEmpty
            return shared.isWaiting
        }
    }

    private func waitingTime() -> Int32 {
        guard let next = self.timers.next else { return -1 }
        // The last turn ended a moment ago, so the clock need not be asked again.
        let left = next - self.turnEnded
        // Rounded up, as a turn before the deadline would do nothing.
        return left <= .zero ? 0 : Int32(clamping: (left.nanoseconds + 999_999) / 1_000_000)
    }

    private func runTasks(lastTurn: Int64) {
        if self.timers.count > 0 {
            while let action = self.timers.takeDue(self.turnBegan) { action() }
        }
        let shared = self.shared.withLock { shared in
            shared.isWaiting = false
            // Here, as the lock is held anyway.
            if lastTurn > 0 { shared.turns.add(nanoseconds: lastTurn) }
            guard !shared.tasks.isEmpty else { return [@Sendable () -> Void]() }
            return Swift.exchange(&shared.tasks, with: [])
        }
        for task in shared { task() }
        // Tasks that these add are for the next turn, so that reading and sending have their turn, too.
        guard !self.tasks.isEmpty else { return }
        for task in Swift.exchange(&self.tasks, with: []) { task.run() }
    }

    private func deliverAndSend() {
        while !self.read.isEmpty || !self.soonTasks.isEmpty || !self.written.isEmpty || !self.writtenFirst.isEmpty {
            self.read.drain { $0.deliver() }
            if !self.soonTasks.isEmpty { self.runSoonTasks() }
            self.sendWritten()
        }
        if !self.closed.isEmpty { self.closed.removeAll() }
    }

    private func runSoonTasks() {
        swap(&self.soonTasks, &self.runningTasks)
        for task in self.runningTasks { task.run() }
        self.runningTasks.removeAll(keepingCapacity: true)
    }

    /// Sends what has been written so far in this turn.
    func sendWritten() {
        self.writtenFirst.drain { $0.flushNow() }
        self.written.drain { $0.flushNow() }
    }

    /// A connection has read something to deliver in this turn.
    func hasRead(_ connection: Connection) { self.read.append(connection) }

    /// A connection has something to send at the end of this turn.
    ///
    /// - Parameter isFirst: whether before what has no hurry.
    func hasWritten(_ connection: Connection, isFirst: Bool) {
        if isFirst { self.writtenFirst.append(connection) } else { self.written.append(connection) }
    }

    /// A connection is no longer watched, so the loop holds it until the turn is over.
    func hasClosed(_ connection: Connection) { self.closed.append(connection) }

    /// An empty buffer for what is sent; if that is short, its memory serves the next one.
    ///
    /// - Parameter capacity: how many bytes it must hold.
    package func buffer(capacity: Int) -> ByteBuffer { self.sendBuffers.take(capacity: capacity) }

    /// A buffer of ``buffer(capacity:)`` is not needed any more.
    package func giveBack(_ buffer: consuming ByteBuffer) { self.sendBuffers.giveBack(buffer) }

    // MARK: - Descriptors

    private func tag(_ descriptor: Int32) -> UInt64 {
        UInt64(self.watched[Int(descriptor)].generation) << 32 | UInt64(descriptor)
    }

    func watch(_ descriptor: Int32, _ pollable: any Pollable, _ interest: Readiness) throws(IOError) {
        while self.watched.count <= descriptor { self.watched.append(Watched()) }
        self.watched[Int(descriptor)].generation &+= 1
        try self.poller.add(descriptor, interest, tag: self.tag(descriptor))
        self.watched[Int(descriptor)].pollable = pollable
        self.watched[Int(descriptor)].interest = interest
    }

    func change(_ descriptor: Int32, _ interest: Readiness) {
        let before = self.watched[Int(descriptor)].interest
        self.watched[Int(descriptor)].interest = interest
        self.poller.change(descriptor, from: before, to: interest, tag: self.tag(descriptor))
    }

    /// Sends the events of a descriptor to another object from now on.
    func hand(_ descriptor: Int32, to pollable: any Pollable, _ interest: Readiness) {
        self.watched[Int(descriptor)].pollable = pollable
        self.change(descriptor, interest)
    }

    /// Stops watching a descriptor, which is to be closed now.
    func unwatch(_ descriptor: Int32) { self.watched[Int(descriptor)].pollable = nil }

    /// Stops watching a descriptor that stays open.
    func release(_ descriptor: Int32) {
        self.poller.remove(descriptor, self.watched[Int(descriptor)].interest)
        self.watched[Int(descriptor)].pollable = nil
    }

    /// The processor time that its thread has used; to be called on this loop.
    package func processorTime() -> TimeAmount { .nanoseconds(Int64(clamping: paddock_thread_nanoseconds())) }

    // MARK: - Later

    /// Runs a task in this turn, after the current work has returned; to be called on this loop.
    ///
    /// Nothing that one connection does runs the code of another one on its stack: it asks for it here.
    package func soon(_ task: @escaping () -> Void) { self.soonTasks.append(Task(run: task)) }

    /// Does something in the next turn; to be called on this loop.
    package func later(_ task: @escaping () -> Void) { self.tasks.append(Task(run: task)) }

    /// Does something at a time; to be called on this loop.
    package func schedule(at deadline: NIODeadline, _ action: @escaping () -> Void) -> ScheduledAction {
        ScheduledAction(entry: self.timers.add(deadline, action))
    }

    /// Cancels what ``schedule(at:_:)`` returned; to be called on this loop.
    package func cancel(_ action: ScheduledAction) { self.timers.cancel(action.entry) }

    // MARK: - The end

    /// Closes everything on it and ends its thread.
    ///
    /// - Parameter ended: called when that is done.
    package func end(_ ended: @escaping @Sendable () -> Void) {
        let hasEnded = self.shared.withLock { shared in
            if !shared.hasEnded { shared.whenEnded.append(ended) }
            return shared.hasEnded
        }
        if hasEnded { return ended() }
        self.execute { self.isEnding = true }
    }

    private func endAll() {
        for watched in self.watched { watched.pollable?.loopEnds() }
        self.tasks = []
        self.soonTasks = []
        self.timers = TimerQueue()
        let whenEnded = self.shared.withLock { shared in
            shared.hasEnded = true
            shared.tasks = []
            return Swift.exchange(&shared.whenEnded, with: [])
        }
        for ended in whenEnded { ended() }
    }

    /// Wakes the loop for what other threads ask of it.
    private final class Waker: Pollable {
        private let wakeUp: WakeUp

        init(_ wakeUp: WakeUp) { self.wakeUp = wakeUp }

        func ready(_ readiness: Readiness) { self.wakeUp.woken() }
        func loopEnds() {}
    }
}

/// The promise of a task that waits for its time. A task that is dropped before, as with its loop, fails.
private final class PendingTask<Value>: Sendable {
    let promise: EventLoopPromise<Value>

    init(_ promise: EventLoopPromise<Value>) { self.promise = promise }

    // Without effect if it has run or has been cancelled.
    deinit { self.promise.fail(EventLoopError.shutdown) }
}

/// Something that will be done at its time, unless it is cancelled.
package struct ScheduledAction {
    let entry: TimerQueue.Entry
}

extension SocketLoop: EventLoop {
    package var inEventLoop: Bool {
        guard let thread = self.thread else { return false }
        return pthread_equal(thread, pthread_self()) != 0
    }

    package var now: NIODeadline { .now() }

    package func execute(_ task: @escaping @Sendable () -> Void) {
        if self.inEventLoop { return self.tasks.append(Task(run: task)) }
        let wakes = self.shared.withLock { shared in
            guard !shared.hasEnded else { return false }
            shared.tasks.append(task)
            // The first one wakes it; a loop that does not wait checks for tasks before it does.
            return Swift.exchange(&shared.isWaiting, with: false)
        }
        if wakes { self.wakeUp.wake() }
    }

    package func submit<T>(_ task: @escaping @Sendable () throws -> T) -> EventLoopFuture<T> {
        let promise = self.makePromise(of: T.self)
        self.execute { promise.assumeIsolated().completeWith(Result(catching: task)) }
        return promise.futureResult
    }

    @discardableResult
    package func scheduleTask<T>(
        deadline: NIODeadline,
        _ task: @escaping @Sendable () throws -> T
    ) -> Scheduled<T> {
        let promise = self.makePromise(of: T.self)
        let pending = PendingTask(promise)
        let entry = NIOLoopBoundBox.makeEmptyBox(valueType: TimerQueue.Entry.self, eventLoop: self)
        self.onLoop {
            entry.value = self.timers.add(deadline) {
                pending.promise.assumeIsolated().completeWith(Result(catching: task))
            }
        }
        return Scheduled(promise: promise) {
            self.onLoop { if let entry = entry.value { self.timers.cancel(entry) } }
        }
    }

    @discardableResult
    package func scheduleTask<T>(in delay: TimeAmount, _ task: @escaping @Sendable () throws -> T) -> Scheduled<T> {
        self.scheduleTask(deadline: .now() + delay, task)
    }

    /// Does something at once on this loop, or soon when called elsewhere.
    private func onLoop(_ task: @escaping @Sendable () -> Void) {
        if self.inEventLoop { task() } else { self.execute(task) }
    }

    package func shutdownGracefully(queue: DispatchQueue, _ callback: @escaping @Sendable ((any Error)?) -> Void) {
        self.end { queue.async { callback(nil) } }
    }
}
