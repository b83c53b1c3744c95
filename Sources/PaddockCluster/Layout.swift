// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How the members share each limit while they have no coordinator.
///
/// Shares add up to no more than the limit although members learn of a new layout at different moments: each goes through a
/// step in which the lesser of its old and new share holds, and a coordinator waits until all have taken a step.
package struct Layout: Hashable, Sendable {
    /// The members, in order of their ids.
    package private(set) var current: [MemberID]
    /// Those of the next layout, while it is being introduced.
    package private(set) var next: [MemberID]?

    /// Makes a layout.
    package init(current: [MemberID] = [], next: [MemberID]? = nil) {
        self.current = current
        self.next = next
    }

    /// How many of a limit a member may use.
    package func share(of member: MemberID, in limit: Int) -> Int {
        let share = Self.share(of: member, among: self.current, in: limit)
        guard let next = self.next else { return share }
        return min(share, Self.share(of: member, among: next, in: limit))
    }

    private static func share(of member: MemberID, among members: [MemberID], in limit: Int) -> Int {
        guard let rank = members.firstIndex(of: member) else { return 0 }
        return limit / members.count + (rank < limit % members.count ? 1 : 0)
    }

    /// Takes the next step towards a layout of certain members, once all have taken the last one.
    ///
    /// - Returns: Whether there was a step to take.
    mutating func step(towards members: [MemberID]) -> Bool {
        if let next = self.next {
            (self.current, self.next) = (next, nil)
        } else if self.current != members {
            self.next = members
        } else {
            return false
        }
        return true
    }
}
