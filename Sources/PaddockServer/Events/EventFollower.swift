// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockJSON
internal import PaddockProxy

/// A client that follows the events as server-sent events; on the event loop of its connection only.
///
/// Nothing is kept for it but the number of the last event that it has: what it does not take now, it gets later from the events that
/// are kept.
final class EventFollower {
    /// Between two signs of life, which also show whether the client is still there.
    private static let beat = TimeAmount.seconds(15)
    /// How often in a row it may not take one until its connection is closed.
    private static let maxMissed = 4

    private let stream: ReplyStream
    private let wants: @Sendable (EventLog.Entry) -> Bool
    private let isWhole: Bool
    private var last: Int
    private var missed = 0

    /// - Parameters:
    ///   - stream: the body of the reply to it.
    ///   - last: the number of the last event that it has.
    ///   - isWhole: whether it may know everything.
    ///   - wants: which events it wants.
    init(
        _ stream: ReplyStream,
        after last: Int,
        isWhole: Bool,
        wants: @escaping @Sendable (EventLog.Entry) -> Bool
    ) {
        self.stream = stream
        self.last = last
        self.isWhole = isWhole
        self.wants = wants
    }

    /// Sends what it does not have yet, as far as it takes that.
    func send(_ entries: [EventLog.Entry]) {
        guard self.stream.isOpen else { return }
        for entry in entries where entry.number > self.last {
            guard self.stream.isWritable else { return }
            self.last = entry.number
            guard self.wants(entry) else { continue }
            let data = entry.json(isWhole: self.isWhole).string
            self.stream.write(ByteBuffer(string: "id: \(entry.number)\ndata: \(data)\n\n"))
        }
    }

    /// Sends signs of life until the connection is closed.
    ///
    /// - Parameter entries: the events that are kept.
    func live(_ entries: @escaping @Sendable () -> [EventLog.Entry]) {
        guard self.stream.isOpen else { return }
        self.send(entries())
        self.missed = self.stream.isWritable ? 0 : self.missed + 1
        if self.missed > Self.maxMissed { return self.stream.abort() }
        // A comment, which clients pass over.
        if self.stream.isWritable { self.stream.write(ByteBuffer(string: ":\n\n")) }
        let bound = NIOLoopBound(self, eventLoop: self.stream.eventLoop)
        self.stream.eventLoop.scheduleTask(in: Self.beat) { bound.value.live(entries) }
    }

    /// Ends the stream: the client may ask again.
    func end() { self.stream.end() }
}
