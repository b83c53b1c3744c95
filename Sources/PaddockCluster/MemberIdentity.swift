// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// One process of a cluster, over its life: a process that is started again is another one.
package struct MemberID: Hashable, Comparable, Sendable {
    /// A random number that the process chose when it started.
    package let number: UInt64

    /// Makes an id of a number.
    package init(_ number: UInt64) { self.number = number }

    /// The order in which members share what there is.
    package static func < (left: MemberID, right: MemberID) -> Bool { left.number < right.number }
}

/// What a cluster knows of a member from its entry in the store.
package struct MemberIdentity: Hashable, Sendable {
    /// Which process it is.
    package let id: MemberID
    /// What its operator calls it.
    package let name: String
    /// Where its link is, as `host:port`.
    package let address: String
    /// Whether it has ever been led: a member that has not holds no slot.
    package var hasBeenLed: Bool

    /// The most members of a cluster: as many as a sign of life can name.
    package static let mostMembers = 256

    /// Makes an identity.
    package init(id: MemberID, name: String, address: String, hasBeenLed: Bool) {
        self.id = id
        self.name = name
        self.address = address
        self.hasBeenLed = hasBeenLed
    }
}
