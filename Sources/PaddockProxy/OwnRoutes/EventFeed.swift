// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import Synchronization

/// Server-sent events for any number of clients at once, each event rendered once and shared.
///
/// An event comes in two forms: a subscriber that got the one before it gets the change, a new one and one that missed
/// something get the whole. Nothing is kept for a subscriber that does not read: it misses events while its connection is not
/// writable, and after ``maxMissed`` in a row the connection is closed.
package final class EventFeed: Sendable {
    /// Which part of an event.
    package enum Part: Sendable {
        /// Everything, for subscribers without the event before.
        case whole
        /// What has changed since the last event.
        case change
    }

    /// How many events in a row a client may miss.
    package static let maxMissed = 10

    private struct Subscriber {
        let stream: NIOLoopBound<ReplyStream>
        var needsWhole = true
        var isNew = true
        var missed = 0
    }

    private struct State {
        var subscribers: [ObjectIdentifier: Subscriber] = [:]
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let limit: SubscriberLimit
    private let onSubscribe: @Sendable () -> Void

    /// - Parameters:
    ///   - limit: how many clients may follow, here and on other feeds with this limit. Defaults to a limit of its own.
    ///   - onSubscribe: called for each new subscriber, which waits for its first event.
    package init(within limit: SubscriberLimit = SubscriberLimit(), onSubscribe: @escaping @Sendable () -> Void) {
        self.limit = limit
        self.onSubscribe = onSubscribe
    }

    /// How many clients follow.
    package var count: Int { self.state.withLock { $0.subscribers.count } }

    /// Whether somebody waits for a first event.
    package var hasNewSubscriber: Bool { self.state.withLock { $0.subscribers.values.contains { $0.isNew } } }

    /// Gives an event to all who follow.
    ///
    /// - Parameter render: makes a part of the event; called at most once for each part, and only if a subscriber needs it. The text
    ///   is in the format of events, with the empty line at its end.
    package func publish(_ render: (Part) -> String) {
        let subscribers = self.state.withLock { $0.subscribers }
        let whole = subscribers.values.contains { $0.needsWhole } ? ByteBuffer(string: render(.whole)) : nil
        let change = subscribers.values.contains { !$0.needsWhole } ? ByteBuffer(string: render(.change)) : nil
        for (key, subscriber) in subscribers {
            subscriber.stream.eventLoop.execute { self.give(whole, change, to: subscriber.stream.value, key) }
        }
    }

    /// Gives an event to a subscriber, on its event loop.
    private func give(_ whole: ByteBuffer?, _ change: ByteBuffer?, to stream: ReplyStream, _ key: ObjectIdentifier) {
        let (event, missed) = self.state.withLock { state -> (ByteBuffer?, Int) in
            guard let subscriber = state.subscribers[key] else { return (nil, 0) }
            // What it lacks may have changed since the event was rendered; then it waits for the next.
            let event = subscriber.needsWhole ? whole : change ?? whole
            let isGiven = stream.isWritable && event != nil
            state.subscribers[key]?.missed = isGiven ? 0 : subscriber.missed + 1
            state.subscribers[key]?.needsWhole = !isGiven
            state.subscribers[key]?.isNew = false
            return isGiven ? (event, 0) : (nil, subscriber.missed + 1)
        }
        if let event {
            stream.write(event)
        } else if missed > Self.maxMissed {
            stream.abort()
        }
    }

    /// Ends all streams: those who follow have to ask again whether they may.
    package func restart() { self.endStreams(forGood: false) }

    /// Ends all streams and admits no more subscribers.
    package func end() { self.endStreams(forGood: true) }

    private func endStreams(forGood: Bool) {
        let last = self.state.withLock { state in
            defer { state.subscribers = [:] }
            if forGood { state.hasEnded = true }
            return Array(state.subscribers.values)
        }
        self.limit.giveBack(last.count)
        for subscriber in last { subscriber.stream.eventLoop.execute { subscriber.stream.value.end() } }
    }

    /// Adds a client until it leaves.
    ///
    /// - Parameter stream: the body of the reply to it.
    /// - Throws: `ErrorCause.tooManySubscribers`, or that Paddock shuts down.
    package func subscribe(_ stream: ReplyStream) throws(ErrorCause) {
        let key = ObjectIdentifier(stream)
        let subscriber = Subscriber(stream: NIOLoopBound(stream, eventLoop: stream.eventLoop))
        let problem: ErrorCause? = self.state.withLock { state in
            if state.hasEnded { return .shuttingDown }
            guard self.limit.take() else { return .tooManySubscribers(limit: SubscriberLimit.maxSubscribers) }
            state.subscribers[key] = subscriber
            return nil
        }
        if let problem { throw problem }
        stream.whenClosed {
            // Those of streams that were ended are given back already.
            let isCounted = self.state.withLock { $0.subscribers.removeValue(forKey: key) != nil }
            if isCounted { self.limit.giveBack(1) }
        }
        self.onSubscribe()
    }
}
