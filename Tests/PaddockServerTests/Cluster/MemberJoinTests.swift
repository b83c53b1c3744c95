// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockCluster
import PaddockJSON
import PaddockProxy
import Testing

@testable import PaddockServer

@Suite("Answers of members that become one")
struct MemberJoinTests {
    private static func documents(_ texts: [String]) throws -> [MemberJoin.Document] {
        try zip("abc", texts).map { (String($0), try JSONValue(parsing: Array($1.utf8))) }
    }

    private static func join(_ join: MemberJoin, query: String? = nil, role: Role = .viewer, _ texts: String...) throws
        -> JSONValue
    {
        var request = OwnRequest(method: "GET", path: "/", query: query)
        request.role = role
        return try #require(join.join(try Self.documents(texts), request))
    }

    // MARK: Troubles

    @Test("The same trouble of several members is one, the worst of them, with their names")
    func sameTrouble() throws {
        let joined = try Self.join(
            .troubles,
            #"{"troubles":[{"kind":"errors","severity":"warning","text":"1","since":"1","model":"x"}],"troubles_total":1,"troubles_critical":0}"#,
            #"{"troubles":[{"kind":"errors","severity":"critical","text":"2","since":"2","model":"x"}],"troubles_total":1,"troubles_critical":1}"#
        )
        #expect(
            joined.text
                == #"{"troubles":[{"kind":"errors","severity":"critical","text":"2","since":"2","model":"x","members":["a","b"]}],"#
                + #""troubles_total":1,"troubles_critical":1}"#
        )
    }

    @Test("Troubles about members themselves are told apart by what they say; the critical and general ones come first")
    func otherTroubles() throws {
        let warning = #"{"kind":"backend_down","severity":"warning","text":"w","since":"1","backend":"u"}"#
        func silent(_ name: String) -> String {
            #"{"kind":"member_silent","severity":"warning","text":"no link with \#(name)","since":"2"}"#
        }
        let joined = try Self.join(
            .troubles,
            #"{"troubles":[\#(warning),\#(silent("b"))],"troubles_total":2,"troubles_critical":0}"#,
            #"{"troubles":[\#(silent("a"))],"troubles_total":5,"troubles_critical":2}"#
        )
        let list = joined["troubles"]?.array ?? []
        #expect(list.map { $0["text"]?.string } == ["no link with b", "no link with a", "w"])
        #expect(list.map { $0["members"] } == [["a"], ["b"], ["a"]])
        // What a member does not list is counted.
        #expect(joined["troubles_total"] == 7 && joined["troubles_critical"] == 2)
    }

    // MARK: Events

    @Test("Events are those of all, the last one first, and say where they happened")
    func events() throws {
        let joined = try Self.join(
            .events,
            query: "limit=3",
            #"{"events":[{"time":"3","kind":"x","member":"c"},{"time":"1","kind":"x"}]}"#,
            #"{"events":[{"time":"3","kind":"y"},{"time":"2","kind":"x"},{"time":"0","kind":"x"}]}"#
        )
        let list = joined["events"]?.array ?? []
        #expect(list.map { $0["time"]?.string } == ["3", "3", "2"])
        #expect(list.map { $0["gateway"]?.string } == ["a", "b", "b"])
        #expect(list[0]["member"] == "c")
    }

    @Test("Who follows events, or knows the number of one, means those of the member")
    func ownEvents() {
        var request = OwnRequest(method: "GET", path: "/queue/events", query: "limit=3")
        #expect(MemberJoin.events.isForAll(request))
        request.query = "after=3"
        #expect(!MemberJoin.events.isForAll(request))
        request.query = nil
        request.accept = "Text/Event-Stream"
        #expect(!MemberJoin.events.isForAll(request))
    }

    // MARK: Charts

    @Test("Steps are added to the nearest one of the longest chart; means and quantiles are those of the worst")
    func history() throws {
        let joined = try Self.join(
            .history,
            #"{"model":null,"interval_seconds":5,"times":[20],"active":[1],"wait_ms_p90":[null],"tokens_out":[7]}"#,
            #"{"model":null,"interval_seconds":5,"times":[12,17,22],"active":[1,2,3],"wait_ms_p90":[5.5,null,2.5],"tokens_out":[1,1,1]}"#,
            #"{"model":null,"interval_seconds":5,"times":[13,18],"active":[10,20],"wait_ms_p90":[9.0,1.0],"tokens_out":[0,0]}"#
        )
        #expect(joined["times"] == [12, 17, 22])
        #expect(joined["active"] == [11, 22, 4])
        #expect(joined["wait_ms_p90"]?.array?.map(\.double) == [9, 1, 2.5])
        #expect(joined["tokens_out"] == [1, 1, 8])
        #expect(joined["interval_seconds"] == 5)
    }

    @Test("Charts that do not overlap stay apart, and one that is none spoils nothing")
    func oldHistory() throws {
        let joined = try Self.join(
            .history,
            #"{"interval_seconds":5,"times":[100,105],"active":[1,2]}"#,
            #"{"interval_seconds":5,"times":[20],"active":[9]}"#,
            "{}",
            "[]"
        )
        #expect(joined["active"] == [1, 2])
        #expect(HistorySum.of([]) == nil)
    }

    // MARK: Clients

    private static func client(_ name: String, _ service: String, _ work: String, more: String = "") -> String {
        #"{"client":"\#(name)","weight":1.0,"running":1,"waiting":0,"share":1.0,"fair_share":1.0,"requests":1\#(more),"#
            + #""slice_service":\#(service),"slice_work":\#(work)}"#
    }

    @Test("Shares are parts of the service of all members, slice by slice")
    func shares() throws {
        let joined = try Self.join(
            ClientSum.join,
            #"{"total":2,"clients":[\#(Self.client("x", #"{"0":30}"#, #"{"0":1}"#)),\#(Self.client("y", "{}", #"{"0":1}"#))]}"#,
            #"{"total":1,"clients":[\#(Self.client("x", #"{"0":30,"1":40}"#, #"{"0":1,"1":1}"#))]}"#
        )
        let clients = joined["clients"]?.array ?? []
        #expect(joined["total"] == 2)
        #expect(clients.map { $0["client"]?.string } == ["x", "y"])
        #expect(clients.map { $0["share"]?.double } == [1, 0])
        // Half of the first slice, and all of the second one.
        #expect(clients.map { $0["fair_share"]?.double } == [0.7, 0.3])
        #expect(clients[0]["running"] == 2 && clients[0]["slice_service"] == nil && clients[0]["slice_work"] == nil)
    }

    @Test(
        "The list is sorted and cut as the query says",
        arguments: [
            ("sort=name&limit=1", ["x"]), ("sort=requests", ["y", "x"]), ("client=x", ["x"]), ("client=z", []),
            ("sort=last", ["y", "x"]),
        ]
    )
    func sorted(query: String, names: [String]) throws {
        func more(_ requests: Int, _ day: Int) -> String {
            #","requests":\#(requests),"last_request":"2026-11-0\#(day)T12:00:00.123Z""#
        }
        let joined = try Self.join(
            ClientSum.join,
            query: query,
            #"{"total":1,"clients":[\#(Self.client("x", "{}", "{}", more: more(1, 1)))]}"#,
            #"{"total":1,"clients":[\#(Self.client("y", "{}", "{}", more: more(2, 2)))]}"#
        )
        #expect(joined["clients"]?.array?.map { $0["client"]?.string } == names)
    }

    @Test("Strangers learn how many there are, whatever members tell each other")
    func strangers() throws {
        var request = OwnRequest(method: "GET", path: "/queue/clients", query: "limit=3&client=a%20b")
        let asked = ClientSum.join.asked(request)
        #expect(asked.role == .viewer && asked.query == "limit=500&client=a%20b")
        request.query = "limit=900"
        #expect(ClientSum.join.asked(request).queryText("limit") == "900")
        let joined = try Self.join(
            ClientSum.join,
            role: .stranger,
            #"{"total":1,"clients":[\#(Self.client("x", "{}", "{}"))]}"#
        )
        #expect(joined == ["total": 1])
    }

    @Test("Slices come through JSON as they were")
    func slices() throws {
        var slices = ServiceSlices()
        slices.advance(to: .init(nanoseconds: 95_000_000_000))
        slices.hadWork(from: .init(nanoseconds: 70_000_000_000), to: .init(nanoseconds: 95_000_000_000))
        slices.hadSlot(from: .init(nanoseconds: 88_000_000_000), to: .init(nanoseconds: 95_000_000_000))
        let text: JSONText = .object { slices.write(byTokens: false, to: &$0) }
        #expect(
            text.string
                == #"{"slice_service":{"0":5000000000,"1":2000000000},"slice_work":{"0":1,"1":1,"2":1}}"#
        )
    }
}

@Suite("Members that leave questions unanswered")
struct MemberSilenceTests {
    @Test("A member is silent while a question is open for a second, or after one that was not answered")
    func silence() {
        var silence = MemberSilence()
        let (one, other) = (MemberID(1), MemberID(2))
        let first = silence.asked(one, now: .init(nanoseconds: 0))
        #expect(!silence.isSilent(one, now: .init(nanoseconds: 1_000_000_000)))
        #expect(silence.isSilent(one, now: .init(nanoseconds: 1_000_000_001)))
        #expect(!silence.isSilent(other, now: .init(nanoseconds: 2_000_000_000)))
        silence.ended(first, of: one, isAnswered: false)
        let second = silence.asked(one, now: .init(nanoseconds: 3_000_000_000))
        #expect(silence.isSilent(one, now: .init(nanoseconds: 3_000_000_000)))
        silence.ended(second, of: one, isAnswered: true)
        #expect(!silence.isSilent(one, now: .init(nanoseconds: 3_000_000_000)))
    }
}
