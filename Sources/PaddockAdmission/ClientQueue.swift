// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// One client of one model: its waiters, what it has active and what service it has had.
struct ClientQueue: Linked {
    /// Its requests of one class.
    struct Part {
        /// Those that wait, in order of arrival.
        var waiters = IntrusiveList()
        /// Slot time that was charged, in nanoseconds for a weight of 1.
        var service = 0.0
    }

    /// Who it is; its weight may be another after it was idle.
    var client: Client
    var parts = ByClass(interactive: Part(), batch: Part())
    /// How many of its requests hold a slot.
    var active = 0
    /// When it last had nothing waiting and nothing active.
    var idleSince = Instant.distantFuture
    /// In which busy time of the model its service was counted.
    var epoch = 0
    /// Its place among the idle ones, if it is idle.
    var links = Links()

    init(_ client: Client, epoch: Int) {
        self.client = client
        self.epoch = epoch
    }

    /// How many of its requests wait.
    var places: Int { self.parts.interactive.waiters.count + self.parts.batch.waiters.count }

    /// Its weight in millionths: whole numbers, so that their sums are exact.
    var millionths: Int { Int((self.client.weight * 1_000_000).rounded()) }

    /// The waiter that gives way to a newcomer of a class first; there is one where it holds a place that may.
    func givesWay(to requestClass: RequestClass) -> Int? {
        self.parts.batch.waiters.last ?? (requestClass == .interactive ? self.parts.interactive.waiters.last : nil)
    }

    /// Whether nothing of it waits or is active.
    var isIdle: Bool { self.active == 0 && self.places == 0 }
}
