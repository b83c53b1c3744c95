// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An event as it is kept.
package struct StoredEvent: Equatable, Sendable {
    /// Its number, in the order in which events happened, over restarts.
    package var number: Int
    /// When it happened, in milliseconds since 1970.
    package var time: Int64
    /// What happened, by its visible name.
    package var kind: String
    /// What it is about.
    package var subject: String?
    /// How it was.
    package var before: String?
    /// How it is.
    package var after: String?
    /// Why.
    package var reason: String?
    /// Who did it.
    package var actor: String
    /// Where the request came from.
    package var address: String?
    /// The program that sent it.
    package var tool: String?

    /// - Parameters:
    ///   - number: its number.
    ///   - time: when it happened, in milliseconds since 1970.
    ///   - kind: what happened, by its visible name.
    ///   - actor: who did it.
    package init(number: Int, time: Int64, kind: String, actor: String) {
        self.number = number
        self.time = time
        self.kind = kind
        self.actor = actor
    }
}
