// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockJSON
internal import PaddockProxy

/// A client that follows the events as server-sent events; on the event loop of its connection only.
///
/// Nothing is kept for it but how far it has come: what it does not take now, it gets later from the events that are kept.
final class EventFollower {
    /// Between two signs of life, which also show whether the client is still there.
    private static let beat = TimeAmount.seconds(15)
    /// How often in a row it may not take one until its connection is closed.
    private static let maxMissed = 4

    private let stream: ReplyStream
    private let news: News
    private var cursor: EventCursor
    private var missed = 0

    /// What it does not have yet of the events that are kept: of each gateway in the order of their numbers.
    typealias News = @Sendable (EventCursor) -> [FollowedEvent]

    /// - Parameters:
    ///   - stream: the body of the reply to it.
    ///   - cursor: how far it has come.
    ///   - news: what it does not have yet.
    init(_ stream: ReplyStream, from cursor: EventCursor, _ news: @escaping News) {
        self.stream = stream
        self.cursor = cursor
        self.news = news
    }

    /// Sends what it does not have yet, as far as it takes that.
    func send() {
        guard self.stream.isOpen, self.stream.isWritable else { return }
        for event in self.news(self.cursor) {
            guard self.stream.isWritable else { return }
            self.cursor.numbers[event.gateway] = event.number
            guard let data = event.data() else { continue }
            self.stream.write(ByteBuffer(string: "id: \(self.cursor.text)\ndata: \(data.string)\n\n"))
        }
    }

    /// Sends signs of life until the connection is closed.
    func live() {
        guard self.stream.isOpen else { return }
        self.send()
        self.missed = self.stream.isWritable ? 0 : self.missed + 1
        if self.missed > Self.maxMissed { return self.stream.abort() }
        // A comment, which clients pass over.
        if self.stream.isWritable { self.stream.write(ByteBuffer(string: ":\n\n")) }
        let bound = NIOLoopBound(self, eventLoop: self.stream.eventLoop)
        self.stream.eventLoop.scheduleTask(in: Self.beat) { bound.value.live() }
    }

    /// Ends the stream: the client may ask again.
    func end() { self.stream.end() }
}
