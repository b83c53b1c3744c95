// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// One client of one model: its waiters, what it has active and what service it has had.
struct ClientQueue: Linked {
    /// Its requests of one class.
    struct Part {
        /// Those that wait, in order of arrival.
        var waiters = IntrusiveList<RequestIndex>()
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
    /// Whether none of its waiters may start, as its quota allows it no more slots.
    var isBlocked = false
    /// In which busy period of the model its service was counted.
    var busyPeriod = 0
    /// Its neighbours among the idle clients, if it is idle.
    var links = Links<ClientIndex>()

    init(_ client: Client, busyPeriod: Int) {
        self.client = client
        self.busyPeriod = busyPeriod
    }

    /// How many of its requests wait.
    var waiting: Int { self.parts.interactive.waiters.count + self.parts.batch.waiters.count }

    /// Its weight in millionths: whole numbers, so that their sums are exact.
    var millionths: Int { Int((self.client.weight * 1_000_000).rounded()) }

    /// The waiter that gives way first to a newcomer of a class; `nil` if none of its waiters may.
    func victim(for requestClass: RequestClass) -> RequestIndex? {
        self.parts.batch.waiters.last ?? (requestClass == .interactive ? self.parts.interactive.waiters.last : nil)
    }

    /// Whether nothing of it waits or is active.
    var isIdle: Bool { self.active == 0 && self.waiting == 0 }
}
