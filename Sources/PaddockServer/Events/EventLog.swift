// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
package import Logging
internal import NIOCore
package import PaddockProxy
package import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// The last events: in memory, in the log, and in the store if there is one.
package final class EventLog: EventSink, Sendable {
    /// How many are kept.
    package static let kept = 1_000
    /// How many viewers may follow at once, and how many strangers: these take no places from those.
    package static let maxFollowers = 100
    /// The longest text of an event; what is longer is cut.
    private static let maxText = 500

    /// An event with its number.
    package struct Entry: Equatable, Sendable {
        /// In the order in which events happened, over restarts if there is a store; at least 1.
        package var number: Int
        /// What happened.
        package var event: GatewayEvent
    }

    private struct State {
        var entries: [Entry] = []
        /// Those that the store does not have yet.
        var unwritten: [Entry] = []
        var isWriteDue = false
        var lastNumber = 0
    }

    private struct Followers {
        var viewers: [ObjectIdentifier: NIOLoopBound<EventFollower>] = [:]
        var strangers: [ObjectIdentifier: NIOLoopBound<EventFollower>] = [:]
        var hasEnded = false

        var all: [NIOLoopBound<EventFollower>] { Array(self.viewers.values) + Array(self.strangers.values) }
    }

    private let state = Mutex(State())
    private let followers = Mutex(Followers())
    private let archive: EventArchive?
    private let logger: Logger
    private let queue = DispatchQueue(label: "paddock-events")

    /// - Parameters:
    ///   - store: where events are kept; nil if they end with the process.
    ///   - logger: gets a line for each.
    /// - Throws: if the store cannot be read.
    package init(_ store: Store?, _ logger: Logger) throws(StoreError) {
        self.archive = store.map { EventArchive($0, most: Self.kept) }
        self.logger = logger
        let stored = try self.archive?.events() ?? []
        self.state.withLock { state in
            state.lastNumber = stored.last?.number ?? 0
            // What a later version wrote may be unknown here.
            state.entries = stored.compactMap { stored in
                GatewayEvent(stored).map { Entry(number: stored.number, event: $0) }
            }
        }
    }

    /// Keeps an event, and says it in the log.
    package func note(_ event: GatewayEvent) {
        var event = event
        event.before = event.before.map { String($0.prefix(Self.maxText)) }
        event.after = event.after.map { String($0.prefix(Self.maxText)) }
        event.reason = event.reason.map { String($0.prefix(Self.maxText)) }
        let isFirst = self.state.withLock { state in
            defer { state.isWriteDue = true }
            state.lastNumber += 1
            let entry = Entry(number: state.lastNumber, event: event)
            state.entries.append(entry)
            state.unwritten.append(entry)
            if state.entries.count > Self.kept { state.entries.removeFirst(state.entries.count - Self.kept) }
            if state.unwritten.count > Self.kept { state.unwritten.removeFirst(state.unwritten.count - Self.kept) }
            return !state.isWriteDue
        }
        self.logger.log(
            level: event.kind.level,
            "\(event.kind.message)",
            metadata: Logger.Metadata(
                uniqueKeysWithValues: event.texts.map { ($0.name, Logger.MetadataValue.string($0.text)) }
            )
        )
        if isFirst { self.queue.async { self.write() } }
        self.wakeFollowers()
    }

    /// Sends each client that follows what it does not have yet.
    func wakeFollowers() {
        for follower in self.followers.withLock({ $0.all }) {
            follower.eventLoop.execute { follower.value.send() }
        }
    }

    /// Whether anybody follows.
    var isFollowed: Bool { self.followers.withLock { !$0.all.isEmpty } }

    /// Sends a client the events that it wants, from now on, as server-sent events.
    ///
    /// - Parameters:
    ///   - stream: the body of the reply to it.
    ///   - cursor: how far it has come.
    ///   - isWhole: whether it may know everything.
    ///   - news: what it does not have yet.
    /// - Throws: `ErrorCause.tooManySubscribers`, or that Paddock shuts down.
    func follow(
        _ stream: ReplyStream,
        from cursor: EventCursor,
        isWhole: Bool,
        _ news: @escaping EventFollower.News
    ) throws(ErrorCause) {
        let follower = EventFollower(stream, from: cursor, news)
        let (key, bound) = (ObjectIdentifier(follower), NIOLoopBound(follower, eventLoop: stream.eventLoop))
        let problem: ErrorCause? = self.followers.withLock { followers in
            if followers.hasEnded { return .shuttingDown }
            let group = isWhole ? \Followers.viewers : \Followers.strangers
            guard followers[keyPath: group].count < Self.maxFollowers else {
                return .tooManySubscribers(limit: Self.maxFollowers)
            }
            followers[keyPath: group][key] = bound
            return nil
        }
        if let problem { throw problem }
        stream.whenClosed {
            self.followers.withLock { followers in
                followers.viewers[key] = nil
                followers.strangers[key] = nil
            }
        }
        follower.live()
    }

    /// Ends the streams of viewers, who have to ask again whether they may know everything.
    func restartViewers() {
        Self.end(
            self.followers.withLock { followers in
                defer { followers.viewers = [:] }
                return Array(followers.viewers.values)
            }
        )
    }

    /// Ends all streams and admits no more followers.
    func endFollowers() {
        Self.end(
            self.followers.withLock { followers in
                defer { (followers.viewers, followers.strangers) = ([:], [:]) }
                followers.hasEnded = true
                return followers.all
            }
        )
    }

    private static func end(_ followers: [NIOLoopBound<EventFollower>]) {
        for follower in followers { follower.eventLoop.execute { follower.value.end() } }
    }

    /// The number of the last event; 0 if there has been none.
    var newest: Int { self.state.withLock { $0.lastNumber } }

    /// The last events, the oldest first.
    package var entries: [Entry] { self.state.withLock { $0.entries } }

    /// Writes what is not written yet.
    ///
    /// - Parameter limit: how long it may take; the disk may hang.
    package func flush(within limit: Duration) async { await self.queue.run(within: limit) { self.write() } }

    /// Called on the queue only. What cannot be written stays in memory, and is tried again with the next event.
    private func write() {
        let entries = self.state.withLock { state in
            state.isWriteDue = false
            return exchange(&state.unwritten, with: [])
        }
        guard let archive = self.archive, !entries.isEmpty else { return }
        do throws(StoreError) { try archive.add(entries.map(StoredEvent.init)) } catch {
            self.state.withLock { $0.unwritten.insert(contentsOf: entries, at: 0) }
        }
    }
}

extension GatewayEvent {
    /// What is said of it beside its kind and its time, with the names of the log and of JSON.
    var texts: [(name: String, text: String)] {
        var texts: [(name: String, text: String?)] = []
        if let name = self.kind.subject?.rawValue { texts.append((name, self.subject)) }
        switch self.kind {
        case .reloaded: texts.append(("changed", self.after))
        case .draining: texts.append(("active", self.before))
        default: texts += [("before", self.before), ("after", self.after)]
        }
        texts.append(("reason", self.reason))
        switch self.actor {
        case .gateway: break
        case .signal(let name): texts.append(("by", name))
        case .request(let hasToken, let address, let tool):
            texts += [("by", hasToken ? "token" : "local"), ("address", address), ("tool", tool)]
        }
        return texts.compactMap { name, text in text.map { (name, $0) } }
    }
}

extension GatewayEvent.Kind {
    /// The level of its message.
    fileprivate var level: Logger.Level {
        switch self {
        case .reloadFailed, .batchStuck: .error
        default: self.isTrouble ? .warning : .info
        }
    }
}
