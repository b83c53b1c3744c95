// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockCluster
internal import PaddockJSON
internal import PaddockStore

/// Makes one list of the lists of members, in the order of the seconds in which things were made; in a second member by member, by their names.
struct ListMerge {
    /// What a member has told of its list.
    struct Page {
        var entries: [JSONValue]
        /// Whether there are more behind them.
        var hasMore: Bool
    }

    private struct Source {
        let member: MemberIdentity
        var start: ListStart
        var entries: ArraySlice<JSONValue> = []
        var hasMore = true

        /// When its next entry was made.
        var next: Int? { self.entries.first.map { $0["created_at"]?.integer ?? 0 } }
    }

    private var sources: [Source]
    private let limit: Int
    private let isAscending: Bool
    /// Whether each entry is to say whose it is.
    private let saysMember: Bool
    /// The list as far as it is known.
    private(set) var entries: [JSONValue] = []

    /// - Parameters:
    ///   - members: the members.
    ///   - after: behind what the list begins: whose that is, its id, and when it was made; nil for its beginning.
    ///   - limit: how many entries are wanted.
    ///   - isAscending: whether the oldest come first.
    ///   - saysMember: whether each entry is to say whose it is.
    init(
        _ members: [MemberIdentity],
        after: (member: MemberIdentity, id: String, second: Int)?,
        limit: Int,
        isAscending: Bool,
        saysMember: Bool
    ) {
        func isBefore(_ one: MemberIdentity, _ other: MemberIdentity) -> Bool {
            (one.name, one.id) < (other.name, other.id)
        }
        self.sources = members.sorted(by: isBefore).map { member in
            guard let after else { return Source(member: member, start: .beginning) }
            if member.id == after.member.id { return Source(member: member, start: .behind(after.id)) }
            // Of that second those of members that come before are listed already.
            return Source(member: member, start: .at(after.second, isInclusive: isBefore(after.member, member)))
        }
        (self.limit, self.isAscending, self.saysMember) = (limit, isAscending, saysMember)
    }

    /// Goes on as far as it can.
    ///
    /// - Returns: who has to tell more, from where on, and how many entries at most; nobody if the list is complete.
    mutating func advance() -> [(member: MemberIdentity, start: ListStart, limit: Int)] {
        while self.entries.count < self.limit {
            let open = self.sources.filter { $0.entries.isEmpty && $0.hasMore }
            if !open.isEmpty { return open.map { ($0.member, $0.start, self.limit - self.entries.count) } }
            var best: (index: Int, second: Int)?
            for (index, source) in self.sources.enumerated() {
                guard let second = source.next else { continue }
                if let known = best, self.isAscending ? second >= known.second : second <= known.second { continue }
                best = (index, second)
            }
            guard let best, let entry = self.sources[best.index].entries.popFirst() else { break }
            let name = self.sources[best.index].member.name
            self.entries.append(self.saysMember ? entry.said(by: name) : entry)
        }
        return []
    }

    /// A member has told more.
    ///
    /// - Parameter page: what; nil if it does not answer, and so has no more.
    mutating func note(_ page: Page?, of member: MemberID) {
        guard let index = self.sources.firstIndex(where: { $0.member.id == member }) else { return }
        self.sources[index].entries = ArraySlice(page?.entries ?? [])
        let last = page?.entries.last?["id"]?.string
        if let last { self.sources[index].start = .behind(last) }
        // Who says that there are more, and tells none, would be asked for ever.
        self.sources[index].hasMore = page?.hasMore == true && last != nil
    }
}
