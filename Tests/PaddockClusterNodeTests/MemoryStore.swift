// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockCluster
import PaddockClusterStore

/// A store in memory.
actor MemoryStore: ClusterStore {
    private var office: (MemberIdentity, Term, ContinuousClock.Instant)?
    private var members: [MemberID: MemberIdentity] = [:]
    private var last: UInt64 = 0
    /// The id of a process that was killed and listened where every other one does.
    private let ghost: MemberID?

    init(ghost: MemberID? = nil) { self.ghost = ghost }

    func ask(_ question: StoreQuestion) async throws(StoreFailure) -> StoreReading {
        for id in question.dead {
            self.members[id] = nil
            if self.office?.0.id == id { self.office = nil }
        }
        self.members[question.member.id] = question.member
        if let ghost = self.ghost, !question.dead.contains(ghost) {
            self.members[ghost] = MemberIdentity(
                id: ghost,
                name: "n",
                address: question.member.address,
                hasBeenLed: true
            )
        }
        if let office = self.office, office.2 <= .now { self.office = nil }
        let isMine = self.office?.0.id == question.member.id
        switch question.office {
        case .look: break
        case .resign: if isMine { self.office = nil }
        case .take(let after) where self.office == nil || isMine:
            self.last = max(self.last, after.number) + 1
            self.office = (question.member, Term(self.last), .now + .milliseconds(400))
        case .renew(let term) where isMine || self.office == nil && self.last <= term.number:
            self.office = (question.member, term, .now + .milliseconds(400))
        default: break
        }
        return StoreReading(holder: self.office.map { ($0.0, $0.1) }, members: Array(self.members.values))
    }

    func close() {}
}
