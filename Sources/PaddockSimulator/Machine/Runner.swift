// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import DequeModule

/// One loaded (or loading) model: its slots and the requests that wait for them.
struct Runner {
    /// All of them, without gaps.
    let options: RunnerOptions
    /// Bytes of memory that it takes, from the start of its load.
    let size: Int64
    let isEmbeddingModel: Bool
    var slots: Int
    var keepAlive: KeepAlive
    /// When the model is loaded; `nil` once it is.
    var loadingUntil: Int64?
    /// It makes room for another model, or for itself with other options, and goes when it has no requests.
    var isLeaving = false
    /// Slots in use.
    var active = 0
    /// The largest `active` so far.
    var peakActive = 0
    /// Requests that wait here or have a slot.
    var members = 0
    /// Units of work that wait for a slot.
    var waitingUnits = 0
    /// Ids in order of arrival, one for each unit of work, without a limit, as Ollama's queue is. Cancelled ones stay until
    /// their turn comes or they are the majority.
    var waiting: Deque<RequestID> = []
    var lastUsedAt: Int64
    /// When the idle model is unloaded; `nil` while it is busy, or kept for ever.
    var expiresAt: Int64?

    init(_ work: Work, options: RunnerOptions, slots: Int, keepAlive: KeepAlive, loadingUntil: Int64, now: Int64) {
        self.options = options
        self.size = work.size
        self.isEmbeddingModel = work.isEmbeddingModel
        self.slots = slots
        self.keepAlive = keepAlive
        self.loadingUntil = loadingUntil
        self.lastUsedAt = now
    }

    var isIdle: Bool { self.members == 0 }

    /// The next instant at which something happens to this runner by itself.
    var deadline: Int64? { self.loadingUntil ?? self.expiresAt }
}
