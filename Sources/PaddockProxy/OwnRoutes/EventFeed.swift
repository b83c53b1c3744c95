// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockSockets
internal import Synchronization

/// Server-sent events for any number of clients at once, each event rendered once and shared.
///
/// An event comes in two parts: a subscriber that has had all before it gets the change, one that is new or has missed
/// something gets the whole. Nothing is kept for a subscriber that does not read: it misses events while its connection takes
/// none, and after ``maxMissed`` of them in a row the connection is closed.
package final class EventFeed: Sendable {
    /// Which part of an event.
    package enum Part: Sendable {
        /// Everything, for those who do not know what was before.
        case whole
        /// What has changed since the last event.
        case change
    }

    /// How many clients may follow at once.
    package static let maxSubscribers = 100
    /// How many events in a row a client may miss.
    package static let maxMissed = 10

    private struct Subscriber {
        let connection: NIOLoopBound<Connection>
        /// Whether events go out as chunks; HTTP/1.0 knows none.
        let isChunked: Bool
        var needsWhole = true
        var missed = 0
    }

    private struct State {
        var subscribers: [ObjectIdentifier: Subscriber] = [:]
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let onSubscribe: @Sendable () -> Void

    /// - Parameter onSubscribe: called for each new subscriber, which waits for its first event.
    package init(onSubscribe: @escaping @Sendable () -> Void) {
        self.onSubscribe = onSubscribe
    }

    /// How many clients follow.
    package var count: Int { self.state.withLock { $0.subscribers.count } }

    /// Gives an event to all who follow.
    ///
    /// - Parameter render: makes a part of the event; called at most once for each part, and for none that nobody needs. The text
    ///   is in the format of events, with the empty line at its end.
    package func publish(_ render: (Part) -> String) {
        let subscribers = self.state.withLock { $0.subscribers }
        let whole = subscribers.values.contains { $0.needsWhole } ? FeedEvent(render(.whole)) : nil
        let change = subscribers.values.contains { !$0.needsWhole } ? FeedEvent(render(.change)) : nil
        for (key, subscriber) in subscribers {
            subscriber.connection.eventLoop.execute {
                self.give(whole, change, to: subscriber.connection.value, key)
            }
        }
    }

    /// Gives an event to a subscriber, on its event loop.
    private func give(_ whole: FeedEvent?, _ change: FeedEvent?, to connection: Connection, _ key: ObjectIdentifier) {
        let (event, missed) = self.state.withLock { state -> (ByteBuffer?, Int) in
            guard let subscriber = state.subscribers[key] else { return (nil, 0) }
            // What it lacks may have changed since the event was rendered; then it waits for the next.
            guard connection.isWritable, let event = subscriber.needsWhole ? whole : change ?? whole else {
                state.subscribers[key]?.missed += 1
                state.subscribers[key]?.needsWhole = true
                return (nil, subscriber.missed + 1)
            }
            state.subscribers[key]?.missed = 0
            state.subscribers[key]?.needsWhole = false
            return (subscriber.isChunked ? event.chunk : event.plain, 0)
        }
        if let event {
            connection.write(event)
            connection.flush()
        } else if missed > Self.maxMissed {
            connection.close()
        }
    }

    /// Ends all streams; nobody can follow any more.
    package func end() {
        let last = self.state.withLock { state in
            defer { state.subscribers = [:] }
            state.hasEnded = true
            return Array(state.subscribers.values)
        }
        for subscriber in last {
            subscriber.connection.eventLoop.execute {
                let connection = subscriber.connection.value
                if subscriber.isChunked { connection.write(Chunk.end) }
                connection.flush()
                connection.whenSent { connection.close() }
            }
        }
    }

    /// What became of the wish to follow.
    enum Admittance {
        case follows
        case full
        case ended
    }

    /// Adds a client, until `unsubscribe`.
    func subscribe(_ connection: Connection, isChunked: Bool) -> Admittance {
        let subscriber = Subscriber(
            connection: NIOLoopBound(connection, eventLoop: connection.loop),
            isChunked: isChunked
        )
        let admittance: Admittance = self.state.withLock { state in
            if state.hasEnded { return .ended }
            if state.subscribers.count >= Self.maxSubscribers { return .full }
            state.subscribers[ObjectIdentifier(connection)] = subscriber
            return .follows
        }
        if admittance == .follows { self.onSubscribe() }
        return admittance
    }

    /// Its connection is closed.
    func unsubscribe(_ connection: Connection) {
        self.state.withLock { $0.subscribers[ObjectIdentifier(connection)] = nil }
    }
}

/// An event, ready to be written.
private struct FeedEvent {
    let plain: ByteBuffer
    let chunk: ByteBuffer

    init(_ text: String) {
        self.plain = ByteBuffer(string: text)
        var chunk = ByteBuffer()
        Chunk.write(self.plain, allocator: ByteBufferAllocator()) { chunk.writeImmutableBuffer($0) }
        self.chunk = chunk
    }
}
