// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockBase
import PaddockClusterNode
import Testing

@testable import PaddockCluster
@testable import PaddockClusterAdmission

private struct OneBackend: BackendDirectory {
    func url(of backend: BackendIndex) -> String { "http://b:1" }

    func backend(_ url: String) -> BackendIndex? { url == "http://b:1" ? BackendIndex(0) : nil }
}

/// A queue that has just taken office, with two members that have registered.
private struct NewOffice {
    let queue: ClusterQueue
    let members = [1, 2].map { MemberIdentity(id: MemberID($0), name: "\($0)", address: "b:\($0)", hasBeenLed: true) }
    let now = Instant.now()

    init() {
        var options = ClusterOptions()
        options.lease = .seconds(3_600)
        let time = ClusterClock.now
        let layout = Layout(current: self.members.map(\.id))
        var office = Coordination(
            term: Term(2),
            members: self.members,
            layout: layout,
            until: time + options.lease,
            options: options,
            now: time
        )
        let admission = AdmissionController(
            AdmissionOptions(limits: Limits(parallel: 1, queue: 100), backendCount: 1),
            now: self.now
        ) { _, _ in }
        self.queue = ClusterQueue(admission, OneBackend(), ordersUntil: self.now + options.lease) { _, _ in }
        for member in self.members {
            _ = office.register(
                member,
                Registration(term: Term(2), session: 1, held: [:], layout: layout),
                now: time
            )
            self.queue.register(member.id, session: 1, ByteBuffer(), now: self.now)
            self.queue.apply(office, now: self.now)
        }
    }

    /// A member tells of a request that waits.
    func tell(_ number: UInt64, age: Nanoseconds, of member: Int) throws {
        let request = ArrivingRequest(
            id: "\(number)",
            model: try #require(ModelName("m")),
            client: Client(name: "c", weight: 1),
            deadline: .distantFuture
        )
        let arrived = self.now + (.zero - age)
        self.queue.receive(
            .arrived(RemoteRequest(request, arrived: arrived, now: self.now)),
            number,
            of: self.members[member].id,
            now: self.now
        )
    }

    /// A member has told of all that wait.
    func toldAll(_ member: Int, now: Instant? = nil) {
        self.queue.receive(.toldAll, 0, of: self.members[member].id, now: now ?? self.now)
    }

    /// What waits, in order; the first one has started.
    var order: [UInt64] { self.queue.places(PlaceSearch(limit: 100), now: self.now).map(\.number) }
}

@Suite struct ClusterQueueTests {
    /// One member tells of 1, 3, 5 and 7, then the other of 2, 4, 6 and 8.
    private func tell(_ office: NewOffice) throws {
        for number: UInt64 in [1, 3, 5, 7] { try office.tell(number, age: .seconds(10 - Int(number)), of: 0) }
        office.toldAll(0)
        for number: UInt64 in [2, 4, 6, 8] { try office.tell(number, age: .seconds(10 - Int(number)), of: 1) }
    }

    @Test func `What waits enters by its age once all members have told`() throws {
        let office = NewOffice()
        try self.tell(office)
        #expect(office.order.isEmpty && office.queue.counts.values.allSatisfy { $0.held == 0 })
        office.toldAll(1)
        #expect(office.order == [2, 3, 4, 5, 6, 7, 8])
        try office.tell(9, age: .seconds(60), of: 0)
        #expect(office.order.last == 9)
    }

    @Test func `A member that ends or is silent is not waited for`() throws {
        for isSilent in [true, false] {
            let office = NewOffice()
            try self.tell(office)
            let last = office.members[1].id
            isSilent ? office.queue.withdraw(last, now: office.now) : office.queue.remove(last, now: office.now)
            // As its neighbour has told all, the next word of anybody puts it in order.
            office.toldAll(0)
            #expect(office.order == [3, 5, 7])
        }
    }

    @Test func `A member that does not tell is waited for until the end of a lease`() throws {
        let office = NewOffice()
        try self.tell(office)
        office.toldAll(0, now: office.now + .seconds(3_601))
        #expect(office.order == [2, 3, 4, 5, 6, 7, 8])
    }
}
