// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockCluster
import PaddockJSON
import PaddockProxy
import PaddockStore
import Testing

@testable import PaddockServer

@Suite struct ListMergeTests {
    /// What members have: the second in which each thing was made, and its id, the oldest first.
    private typealias Things = [(second: Int, id: String)]

    private static func member(_ name: String) -> MemberIdentity {
        MemberIdentity(id: MemberID(UInt64(name.utf8.first ?? 0)), name: name, address: "", hasBeenLed: true)
    }

    /// What a member answers, as its store would.
    private static func page(
        _ things: Things,
        _ start: ListStart,
        limit: Int,
        isAscending: Bool,
        atMost: Int
    ) throws -> ListMerge.Page {
        let order = isAscending ? things : things.reversed()
        let rest =
            switch start {
            case .beginning: order[...]
            case .behind(let id): order.drop { $0.id != id }.dropFirst()
            case .at(let second, let isInclusive):
                order.drop { isAscending ? $0.second < second : $0.second > second }
                    .drop { !isInclusive && $0.second == second }
            }
        let shown = rest.prefix(min(limit, atMost))
        let entries = try shown.map {
            try JSONValue(parsing: Array(#"{"id":"\#($0.id)","created_at":\#($0.second)}"#.utf8))
        }
        return ListMerge.Page(entries: entries, hasMore: rest.count > shown.count)
    }

    /// The whole list, in pages of a size, each behind the last one of the page before.
    private static func walk(_ things: [String: Things], limit: Int, isAscending: Bool, atMost: Int = 2) throws
        -> [String]
    {
        var list: [String] = []
        var after: (member: MemberIdentity, id: String, second: Int)?
        while true {
            var merge = ListMerge(
                things.keys.map(Self.member),
                after: after,
                limit: limit + 1,
                isAscending: isAscending,
                saysMember: true
            )
            while true {
                let open = merge.advance()
                if open.isEmpty { break }
                for (member, start, limit) in open {
                    let own = try #require(things[member.name])
                    let page = try Self.page(own, start, limit: limit, isAscending: isAscending, atMost: atMost)
                    merge.note(page, of: member.id)
                }
            }
            let shown = merge.entries.prefix(limit)
            list += shown.compactMap { $0["id"]?.string }
            guard merge.entries.count > limit, let last = shown.last, let id = last["id"]?.string else { return list }
            let member = try #require(last["member"]?.string)
            after = (Self.member(member), id, try #require(last["created_at"]?.integer))
        }
    }

    @Test(arguments: [1, 2, 3, 100], [false, true])
    func `Pages of any size are the list of all, each thing once`(limit: Int, isAscending: Bool) throws {
        let things: [String: Things] = [
            "a": [(1, "a1"), (5, "a2"), (5, "a3"), (9, "a4")],
            "b": [(5, "b1"), (5, "b2"), (5, "b3"), (6, "b4"), (7, "b5")],
            "c": [],
            "d": [(0, "d1"), (5, "d2"), (9, "d3")],
        ]
        let descending = ["a4", "d3", "b5", "b4", "a3", "a2", "b3", "b2", "b1", "d2", "a1", "d1"]
        let ascending = ["d1", "a1", "a2", "a3", "b1", "b2", "b3", "d2", "b4", "b5", "a4", "d3"]
        #expect(try Self.walk(things, limit: limit, isAscending: isAscending) == (isAscending ? ascending : descending))
    }

    @Test func `Random lists are whole in any pages`() throws {
        var random = SeededRandom(seed: 11)
        for _ in 0..<300 {
            var things: [String: Things] = [:]
            for name in ["a", "b", "c"] {
                let seconds = (0..<Int.random(in: 0...8, using: &random)).map { _ in
                    Int.random(in: 0...4, using: &random)
                }
                things[name] = seconds.sorted().enumerated().map { ($1, "\(name)\($0)") }
            }
            let limit = Int.random(in: 1...6, using: &random)
            let list = try Self.walk(
                things,
                limit: limit,
                isAscending: false,
                atMost: Int.random(in: 1...4, using: &random)
            )
            #expect(Set(list).count == list.count)
            #expect(list.count == things.values.map(\.count).reduce(0, +))
            let seconds = Dictionary(uniqueKeysWithValues: things.values.flatMap { $0 }.map { ($0.id, $0.second) })
            #expect(list.compactMap { seconds[$0] } == list.compactMap { seconds[$0] }.sorted(by: >))
        }
    }

    @Test func `A member that does not answer, or promises more than it has, ends nothing`() throws {
        var merge = ListMerge(
            ["a", "b", "c"].map(Self.member),
            after: nil,
            limit: 3,
            isAscending: false,
            saysMember: false
        )
        #expect(merge.advance().map(\.member.name) == ["a", "b", "c"])
        merge.note(nil, of: Self.member("a").id)
        merge.note(ListMerge.Page(entries: [], hasMore: true), of: Self.member("b").id)
        merge.note(ListMerge.Page(entries: ["junk"], hasMore: true), of: Self.member("c").id)
        merge.note(ListMerge.Page(entries: ["junk"], hasMore: true), of: Self.member("z").id)
        #expect(merge.advance().isEmpty)
        #expect(merge.entries == ["junk"])
    }
}

@Suite struct ListQuestionTests {
    @Test(arguments: [ListStart.beginning, .behind("file-1"), .at(5, isInclusive: true), .at(-1, isInclusive: false)])
    func `A question comes through a link as it was`(start: ListStart) throws {
        var question = ListQuestion(from: start, limit: 7)
        (question.isAscending, question.purpose, question.isOfAll) = (true, "batch", true)
        #expect(ListQuestion(question.json.bytes) == question)
        #expect(ListQuestion(ListQuestion(from: start, limit: 0).json.bytes) == ListQuestion(from: start, limit: 0))
    }

    @Test(arguments: ["", "[]", "{}", #"{"limit":-1}"#, #"{"limit":"5"}"#])
    func `What is no question is none`(text: String) { #expect(ListQuestion(Array(text.utf8)) == nil) }

    @Test func `An answer has what fits, and at least one entry`() throws {
        func shown(_ sizes: [Int], limit: Int) throws -> (count: Int, hasMore: Bool) {
            let answer = ListQuestion(from: .beginning, limit: limit).answer(
                sizes.map { JSONText(verbatim: "\"" + String(repeating: "x", count: $0) + "\"") }
            )
            let page = try #require(ListQuestion.page(MemberAnswer(OwnReply(json: answer))))
            return (page.entries.count, page.hasMore)
        }
        #expect(try shown([1, 1, 1], limit: 3) == (3, false))
        #expect(try shown([1, 1, 1], limit: 2) == (2, true))
        #expect(try shown([600_000, 600_000], limit: 9) == (1, true))
        #expect(try shown([1_200_000, 1], limit: 9) == (1, true))
        #expect(try shown([], limit: 9) == (0, false))
    }

    @Test func `Who keeps nothing has nothing, and who fails is missing`() {
        #expect(ListQuestion.page(MemberAnswer(OwnReply(501, body: "{}")))?.entries.isEmpty == true)
        #expect(ListQuestion.page(MemberAnswer(OwnReply(503, body: "{}"))) == nil)
        #expect(ListQuestion.page(MemberAnswer(OwnReply(200, body: "{}"))) == nil)
        #expect(ListQuestion.page(nil) == nil)
    }
}

@Suite struct FilePieceTests {
    @Test func `A question comes through a link as it was`() {
        let piece = FilePiece(of: "file-1", at: 5_000_000_000, count: 131_072)
        #expect(FilePiece(piece.json.bytes) == piece)
    }

    @Test(arguments: [
        "", "{}", #"{"id":"f","offset":-1,"count":1}"#, #"{"id":"f","offset":0,"count":0}"#,
        #"{"id":"f","offset":0,"count":131073}"#, #"{"id":5,"offset":0,"count":1}"#,
    ])
    func `What asks for no piece is no question`(text: String) { #expect(FilePiece(Array(text.utf8)) == nil) }
}

@Suite struct HolderTagTests {
    private let random = String(repeating: "x", count: HolderTag.randomLength)

    @Test func `An id tells which member has made it`() throws {
        let tags = (0..<1_000).map { HolderTag(member: "gateway-\($0)").text }
        #expect(Set(tags).count == 1_000)
        #expect(tags.allSatisfy { $0.count == 6 })
        for prefix in ["file-", "batch_"] {
            #expect(HolderTag(of: prefix + self.random + HolderTag(member: "a").text) == HolderTag(member: "a"))
            #expect(HolderTag(of: prefix + self.random) == nil)
            #expect(HolderTag(of: prefix + self.random + "x" + HolderTag(member: "a").text) == nil)
        }
        // Ids are kept for long: what they say must not change.
        #expect(HolderTag(member: "a").text == "grr4vi")
    }

    @Test func `What cannot be an id is none`() {
        #expect(["a", "file-1_Z", String(repeating: "x", count: 64)].allSatisfy(HolderTag.isPossible))
        for id in ["", "a/b", "..", "é", "a b", "a\0", String(repeating: "x", count: 65)] {
            #expect(!HolderTag.isPossible(id))
        }
    }
}

@Suite struct MemberTurnsTests {
    private let member = MemberID(1)

    @Test func `Only some are asked at once, and who waits for a member that does not answer hears of it`() async {
        let turns = MemberTurns()
        for _ in 0..<MemberTurns.open { #expect(await turns.take(self.member, waits: false)) }
        #expect(await !turns.take(self.member, waits: false))
        #expect(await turns.take(MemberID(2), waits: false))
        async let first = turns.take(self.member, waits: true)
        async let second = turns.take(self.member, waits: true)
        while turns.waiting(for: self.member) < 2 { await Task.yield() }
        turns.give(self.member, isAnswered: true)
        turns.give(self.member, isAnswered: false)
        let outcomes = await [first, second]
        #expect(outcomes.count { $0 } == 1)
        // One was given back for good.
        #expect(await turns.take(self.member, waits: false))
        #expect(await !turns.take(self.member, waits: false))
    }
}
