// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What the admission knows of a request when it arrives.
package struct ArrivingRequest: Sendable {
    /// The request's id, under which it is listed and can be cancelled.
    package var id: String
    /// Its model.
    package var model: ModelName
    /// Whose it is.
    package var client: Client
    /// Its class.
    package var requestClass: RequestClass
    /// Whether its reply is expected to be a stream: the first byte of a stream comes much sooner than that of a whole reply.
    package var expectsStream: Bool
    /// When it times out if its reply has not begun.
    package var deadline: Instant
    /// Whether the client itself said how long it waits, and not just the configuration.
    package var isDeadlineStated: Bool

    /// Makes a request.
    package init(
        id: String,
        model: ModelName,
        client: Client,
        requestClass: RequestClass = .interactive,
        expectsStream: Bool = false,
        deadline: Instant,
        isDeadlineStated: Bool = false
    ) {
        self.id = id
        self.model = model
        self.client = client
        self.requestClass = requestClass
        self.expectsStream = expectsStream
        self.deadline = deadline
        self.isDeadlineStated = isDeadlineStated
    }
}
