// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockProxy

/// What a page of the dashboard has open (contract section 17).
package enum DashboardView: String, CaseIterable, Sendable {
    case overview, models, fleet, requests, clients, batches, events

    /// The time between two events. What changes with each request is told faster than lists.
    var interval: Duration {
        switch self {
        case .overview, .models, .fleet: .milliseconds(500)
        case .requests, .clients, .batches, .events: .seconds(1)
        }
    }
}

/// Those who follow one view and may know the same: an event is rendered once for all of them.
struct DashboardChannel: Hashable, Sendable {
    /// What they have open.
    let view: DashboardView
    /// Whether they may know everything.
    let isForViewers: Bool

    /// Every channel.
    static let all = DashboardView.allCases.flatMap { view in
        [false, true].map { DashboardChannel(view: view, isForViewers: $0) }
    }

    /// Its name among members of a cluster.
    var name: String { "\(self.view.rawValue).\(self.role.name)" }

    /// The role that stands for all who follow it.
    var role: Role { self.isForViewers ? .viewer : .stranger }
}
