// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What the admission knows of a request when it arrives.
package struct ArrivingRequest: Sendable {
    /// The request's id, under which it is listed and can be cancelled.
    package var id: String
    /// Its model.
    package var model: ModelName
    /// Whose it is.
    package var client: Client
    /// The options of its runner. Defaults to none.
    package var options = RunnerOptions()
    /// Its class.
    package var requestClass = RequestClass.interactive
    /// Whether its reply is expected to be a stream: the first byte of a stream comes much sooner than that of a whole reply.
    package var expectsStream = false
    /// When it times out if its reply has not begun.
    package var deadline: Instant
    /// Whether the client itself said how long it waits, and not just the configuration.
    package var isDeadlineStated = false
    /// How many runs it is to the backend: the number of inputs of an embedding request, else 1. At least 1.
    package var units = 1
    /// The most tokens that its answer is to have; 0 if it does not say. Only known if its client has a quota. At least 0.
    package var maxAnswerTokens: Int32 = 0
    /// How long its model is to stay loaded after it; nil if it says nothing, and the backend decides.
    package var keepAlive: Nanoseconds?
    /// Whether it runs nothing: it only loads its model, or unloads it.
    package var isLoad = false
    /// Whether it only unloads its model, so that nothing is to be loaded for it.
    package var isUnload = false

    /// Makes an interactive request whose reply is no stream, and whose deadline the configuration sets.
    package init(id: String, model: ModelName, client: Client, deadline: Instant) {
        self.id = id
        self.model = model
        self.client = client
        self.deadline = deadline
    }
}
