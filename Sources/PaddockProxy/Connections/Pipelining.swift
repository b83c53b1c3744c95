// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSockets

/// Decides when the next of a client's pipelined requests may begin, so that one client neither keeps others waiting
/// nor has more answers waiting than it takes.
struct Pipelining {
    /// The most pipelined requests that begin in one turn of the event loop: 64 KiB can be 2,000 requests that are
    /// answered at once.
    private static let maxInTurn = 16

    /// What becomes of the next request.
    enum Decision {
        /// It begins.
        case begin
        /// It waits for something that has been asked for.
        case wait
        /// It waits for the next turn: call ``turnBegan()`` then.
        case waitForTurn
        /// It waits until the client has taken what waits to be sent: call ``hasRoom()`` then.
        case waitForRoom
    }

    /// How many were begun since something was read.
    private var begun = 0
    /// Whether the next request waits for the next turn.
    private(set) var awaitsTurn = false
    private var awaitsRoom = false

    /// Another request has arrived.
    ///
    /// - Parameter waitingBytes: how many bytes of answers the client has not taken.
    mutating func next(waitingBytes: Int) -> Decision {
        if waitingBytes > Connection.highWaterMark {
            defer { self.awaitsRoom = true }
            return self.awaitsRoom ? .wait : .waitForRoom
        }
        guard !self.awaitsTurn else { return .wait }
        self.begun += 1
        guard self.begun > Self.maxInTurn else { return .begin }
        self.awaitsTurn = true
        return .waitForTurn
    }

    /// Another turn has begun, or something has been read.
    mutating func turnBegan() {
        self.begun = 0
        self.awaitsTurn = false
    }

    /// The client has taken what waited to be sent.
    mutating func hasRoom() { self.awaitsRoom = false }
}
