// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How the slots of a model are shared among the clients that compete for them.
///
/// A *group* is the requests of one class and model; it is contended while one of them waits. Of a client only the time counts
/// in which its group is contended and it has a request there, waiting or active. Its service is the slots that it held on
/// average in that time, for its weight. It was backlogged if a request of its waited for at least a quarter of that time: what
/// one gets that hardly ever waits, its own demand decides.
struct ServiceMeter: Sendable {
    private struct Group: Sendable {
        var waiting = 0
        /// For how long it was contended up to `since`, in nanoseconds.
        var contended: Int64 = 0
        var since: Int64 = 0
    }

    /// One client in one group.
    private struct Member: Sendable {
        let group: Int
        let weight: Double
        var waiting: Int64 = 0
        var active: Int64 = 0
        /// What its group's `contended` was when the sums below were last brought up to date.
        var contended: Int64 = 0
        var present: Int64 = 0
        var waited: Int64 = 0
        var service = 0.0
    }

    private var groups: [Group] = []
    private var members: [Member] = []

    /// Adds a group.
    ///
    /// - Returns: Its index.
    mutating func addGroup() -> Int {
        self.groups.append(Group())
        return self.groups.count - 1
    }

    /// Adds a client to a group.
    ///
    /// - Returns: Its index.
    mutating func addMember(of group: Int, weight: Double) -> Int {
        self.members.append(Member(group: group, weight: weight))
        return self.members.count - 1
    }

    /// A client has more or fewer requests that wait or hold a slot; times never go back.
    mutating func change(_ member: Int, waiting: Int, active: Int, now: Int64) {
        let group = self.members[member].group
        self.settle(group: group, now: now)
        self.settle(member: member)
        self.members[member].waiting += Int64(waiting)
        self.members[member].active += Int64(active)
        self.groups[group].waiting += waiting
    }

    private mutating func settle(group: Int, now: Int64) {
        if self.groups[group].waiting > 0 { self.groups[group].contended += now - self.groups[group].since }
        self.groups[group].since = now
    }

    private mutating func settle(member index: Int) {
        let contended = self.groups[self.members[index].group].contended
        let time = contended - self.members[index].contended
        self.members[index].contended = contended
        guard time > 0 else { return }
        if self.members[index].waiting > 0 { self.members[index].waited += time }
        if self.members[index].waiting + self.members[index].active > 0 { self.members[index].present += time }
        self.members[index].service += Double(time) * Double(self.members[index].active)
    }

    /// Jain's index of the service of backlogged clients: 1 where all had the same for their weight, 1/n where one of n had all.
    ///
    /// The mean over all groups with at least two of them, weighted with the time for which each was contended; nil without
    /// such a group.
    mutating func fairness(now: Int64) -> Double? {
        for group in self.groups.indices { self.settle(group: group, now: now) }
        var sums = Array(repeating: (count: 0.0, sum: 0.0, squares: 0.0), count: self.groups.count)
        for index in self.members.indices {
            self.settle(member: index)
            let member = self.members[index]
            guard member.present > 0, member.waited >= member.present / 4 else { continue }
            let service = member.service / Double(member.present) / member.weight
            sums[member.group].count += 1
            sums[member.group].sum += service
            sums[member.group].squares += service * service
        }
        var (weighted, weight) = (0.0, 0.0)
        for (group, sum) in zip(self.groups, sums) where sum.count >= 2 && sum.squares > 0 {
            weighted += Double(group.contended) * sum.sum * sum.sum / (sum.count * sum.squares)
            weight += Double(group.contended)
        }
        return weight > 0 ? weighted / weight : nil
    }
}
