// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockSockets

/// Answers that are streams of events.
extension ClientHandler {
    /// Answers with the head of a stream, and leaves the rest to the feed until the client goes away.
    ///
    /// From then on the exchange does not count: a drain does not wait for it.
    func answer(_ reply: OwnReply, following feed: EventFeed) {
        let isChunked = !self.request.speaksHTTP10
        if !self.request.isHead {
            switch feed.subscribe(self.connection, isChunked: isChunked) {
            case .follows: self.feed = feed
            case .full:
                let message = "\(EventFeed.maxSubscribers) clients follow the events already: close another page"
                return self.answer(ErrorReply(503, "too_many_subscribers", message, retryAfter: 10))
            case .ended:
                return self.answer(ErrorReply.shuttingDown)
            }
        }
        self.giveBackBody()
        self.machine.answering()
        self.request.closesAfterReply = true
        self.write(self.head(of: reply, framing: isChunked ? "Transfer-Encoding: chunked\r\n" : ""))
        self.recordAnswer(reply)
        self.exchangeEnded()
        if self.request.isHead { self.closeAfterFlush() } else { self.connection.flush() }
    }
}
