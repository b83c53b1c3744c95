// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockCluster

/// How identities and layouts are written on a link.
extension LinkWriter {
    mutating func identity(_ identity: MemberIdentity) {
        self.fixed(identity.id.number)
        self.text(identity.name)
        self.text(identity.address)
        self.bool(identity.hasBeenLed)
    }

    mutating func layout(_ layout: Layout) {
        self.list(layout.current) { $0.fixed($1.number) }
        self.optional(layout.next) { $0.list($1) { $0.fixed($1.number) } }
    }
}

extension LinkReader {
    /// The longest name or address of a member, in bytes.
    static let maxName = 256

    mutating func identity() throws(LinkError) -> MemberIdentity {
        MemberIdentity(
            id: MemberID(try self.fixed()),
            name: try self.text(atMost: Self.maxName),
            address: try self.text(atMost: Self.maxName),
            hasBeenLed: try self.bool()
        )
    }

    mutating func term() throws(LinkError) -> Term {
        guard let term = Term(told: try self.number()) else { throw .notUnderstood }
        return term
    }

    mutating func layout() throws(LinkError) -> Layout {
        Layout(
            current: try self.members(),
            next: try self.optional { reader throws(LinkError) in try reader.members() }
        )
    }

    private mutating func members() throws(LinkError) -> [MemberID] {
        try self.list(atMost: MemberIdentity.mostMembers) { reader throws(LinkError) in MemberID(try reader.fixed()) }
    }
}
