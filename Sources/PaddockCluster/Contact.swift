// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// How a member stands to the coordinator.
enum Contact: Hashable, Sendable {
    /// It has never been led: it holds nothing, and starts nothing.
    case newborn
    /// It has registered, and has not heard yet that its registration has arrived. It starts nothing.
    case joining(Leader, since: Instant)
    /// It is led; its coordinator had heard from it at this instant of its own clock.
    case led(Leader, heard: Instant)
    /// It has lost its coordinator at this instant.
    case alone(since: Instant)

    /// By whom it is led, and under which number.
    struct Leader: Hashable, Sendable {
        var member: MemberID
        var term: Term
        var session: UInt64
    }

    /// Who leads it, or is about to.
    var leader: Leader? {
        switch self {
        case .newborn, .alone: nil
        case .joining(let leader, _), .led(let leader, _): leader
        }
    }

    /// Whether it has registered and is not led yet.
    var isJoining: Bool { if case .joining = self { true } else { false } }

    /// Whether the contact has ended without a word.
    func isOver(now: Instant, lease: Nanoseconds) -> Bool {
        switch self {
        case .newborn, .alone: false
        case .joining(_, let since), .led(_, let since): since.duration(to: now) >= lease
        }
    }

    /// What the member may start.
    func allowance(_ layout: Layout, _ options: ClusterOptions, now: Instant) -> Allowance {
        switch self {
        case .newborn, .joining: return .nothing
        case .led: return .granted
        case .alone(let since):
            let length = since.duration(to: now)
            // Well before others use its share.
            guard options.worksAlone, length < options.forget / 2 else { return .nothing }
            return length < options.grace ? .replacement(layout) : .share(layout)
        }
    }
}
