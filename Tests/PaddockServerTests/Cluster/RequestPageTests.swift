// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockCluster
import PaddockClusterAdmission
import PaddockJSON
import PaddockTesting
import Testing

@testable import PaddockServer

@Suite struct RequestPageTests {
    private func part(_ name: String?, _ id: String, total: Int, _ entries: (number: UInt64, entry: String)...) throws
        -> RequestPage.Part
    {
        let text = RequestPage.Part.json(
            total: total,
            entries.map { ($0.number, JSONText(verbatim: $0.entry)) }
        )
        return RequestPage.Part(name: name, id: id, answer: try JSONValue(parsing: text.bytes))
    }

    private func place(_ member: UInt64, _ number: UInt64, position: Int) throws -> JSONValue {
        var waiting = WaitingRequest(position: position, reason: WaitReason(.turn), estimatedStart: .milliseconds(5))
        waiting.latestStart = .milliseconds(9)
        let place = MemberPlace(member: MemberID(member), number: number, waiting: waiting)
        return try JSONValue(parsing: place.json.bytes)
    }

    private func waiting(_ id: String, position: Int, model: String = "m") -> String {
        """
        {"id":"\(id)","model":"\(model)","state":"queued","position":\(position),"waited_ms":1,"estimated_start_ms":null,\
        "estimated_start_ms_max":null,"waiting_for":"slot","behind":null,"position_in":"member"}
        """
    }

    private func ids(_ page: RequestPage) -> [String?] { page.requests.map { $0["id"]?.string } }

    @Test func `Active requests come first, in the order of their start, whosever they are`() throws {
        let page = RequestPage(
            [
                try self.part("a", "1", total: 1, (1, #"{"id":"x","state":"active","processing_ms":5}"#)),
                try self.part(
                    "b",
                    "2",
                    total: 2,
                    (1, #"{"id":"z","state":"active","processing_ms":9}"#),
                    (2, #"{"id":"y","state":"active","processing_ms":3}"#)
                ),
            ],
            places: [],
            limit: 10
        )
        #expect(self.ids(page) == ["z", "x", "y"])
        #expect(page.requests.map { $0["member"]?.string } == ["b", "a", "b"])
        #expect(page.total == 3)
    }

    @Test func `Those that wait have the places and the order of the queue of all`() throws {
        let page = RequestPage(
            [
                try self.part(
                    "a",
                    "1",
                    total: 2,
                    (7, self.waiting("x", position: 1)),
                    (8, self.waiting("y", position: 2))
                ),
                try self.part("b", "ff", total: 1, (7, self.waiting("z", position: 1))),
            ],
            places: [
                try self.place(1, 8, position: 1), try self.place(255, 7, position: 2),
                try self.place(1, 7, position: 3),
            ],
            limit: 10
        )
        #expect(self.ids(page) == ["y", "z", "x"])
        #expect(page.requests.map { $0["position"]?.integer } == [1, 2, 3])
        #expect(page.requests.allSatisfy { $0["position_in"]?.string == "cluster" })
        #expect(page.requests.allSatisfy { $0["estimated_start_ms"]?.double == 5 })
        #expect(page.requests.allSatisfy { $0["estimated_start_ms_max"]?.double == 9 })
        #expect(page.requests.allSatisfy { $0["waiting_for"]?.string == "turn" })
        #expect(page.requests.map { $0["member"]?.string } == ["a", "b", "a"])
        // What is only for members is not told.
        #expect(page.requests.allSatisfy { $0["number"] == nil })
    }

    @Test func `What the coordinator does not know comes last, with its own place`() throws {
        let page = RequestPage(
            [
                try self.part("a", "1", total: 1, (7, self.waiting("x", position: 1))),
                try self.part(
                    "b",
                    "2",
                    total: 2,
                    (7, self.waiting("y", position: 2)),
                    (8, self.waiting("z", position: 1))
                ),
            ],
            places: [try self.place(1, 7, position: 1)],
            limit: 2
        )
        #expect(self.ids(page) == ["x", "z"])
        #expect(page.requests.map { $0["position_in"]?.string } == ["cluster", "member"])
        #expect(page.total == 3)
    }

    @Test func `Of a member alone nothing says whose its requests are`() throws {
        let page = RequestPage(
            [try self.part(nil, "1", total: 1, (7, self.waiting("x", position: 1)))],
            places: [],
            limit: 2
        )
        #expect(page.requests.first?["member"] == nil)
        #expect(page.requests.first?["position_in"]?.string == "member")
    }

    @Test func `Requests that have ended are in one order, the last one first`() throws {
        func entry(_ id: String, _ arrived: String, _ waited: Double, _ processing: Double?) -> JSONValue {
            var entry: JSONObject = JSONObject()
            entry.append("id", .string(id))
            entry.append("arrived", .string(arrived))
            entry.append("waited_ms", JSONValue(waited))
            entry.append("processing_ms", JSONValue(processing))
            return .object(entry)
        }
        let requests = [
            entry("a1", "2026-11-24T12:00:09.000Z", 0, 500), entry("a2", "2026-11-24T12:00:00.000Z", 1_000, 2_000),
            entry("b1", "2026-11-24T12:00:09.100Z", 100, nil), entry("b2", "2026-11-24T12:00:00.000Z", 9_150, nil),
            entry("b3", "2026-11-24T12:00:03.000Z", 0, 0),
        ]
        let all = RequestPage.lastFirst(requests, limit: 10).map { $0["id"]?.string }
        #expect(all == ["a1", "b1", "b2", "a2", "b3"])
        #expect(RequestPage.lastFirst(requests, limit: 2).map { $0["id"]?.string } == ["a1", "b1"])
    }
}

@Suite struct PlaceQuestionTests {
    @Test func `A question comes through a link as it was`() {
        var search = PlaceSearch(limit: 7)
        #expect(PlaceQuestion(PlaceQuestion(search).json.bytes) == PlaceQuestion(search))
        (search.model, search.client, search.member) = ("llama2:7b", "ann ä", MemberID(.max))
        let question = PlaceQuestion(search, number: 1 << 40)
        #expect(PlaceQuestion(question.json.bytes) == question)
    }

    @Test(arguments: ["", "{}", "[]", #"{"limit":-1}"#, #"{"limit":"1"}"#])
    func `What is no question is none`(text: String) {
        #expect(PlaceQuestion(Array(text.utf8)) == nil)
    }
}

@Suite struct PlacedSnapshotTests {
    private func controller(clients: Int) -> AdmissionController {
        let controller = AdmissionController(
            AdmissionOptions(limits: Limits(parallel: 1, queue: 9), backendCount: 1),
            now: Instant(nanoseconds: 0),
            onDeadline: { _, _ in }
        )
        for client in 0..<clients {
            let request = ArrivingRequest(
                id: "r",
                model: "m",
                client: Client(name: "c\(client)"),
                deadline: .distantFuture
            )
            _ = controller.arrive(request, waiter: SilentWaiter(), now: Instant(nanoseconds: 1))
        }
        return controller
    }

    private final class SilentWaiter: Waiter {
        func hear(_ answer: WaiterAnswer) {}
    }

    @Test func `What the queue for all says of a model stands beside the counts of the member`() throws {
        let (own, all) = (self.controller(clients: 1), self.controller(clients: 5))
        let now = Instant(nanoseconds: 2)
        let placed = try #require(own.snapshot(now: now).placed(as: all.snapshot(now: now)).models.first)
        #expect(placed.active == 1 && placed.queued == 0 && placed.totals.requests == 1)
        #expect(placed.clients == 5 && placed.queueAvailable == 5)
    }

    @Test func `A model of other members is there, with no requests`() throws {
        let (own, all) = (self.controller(clients: 0), self.controller(clients: 3))
        let now = Instant(nanoseconds: 2)
        let placed = try #require(own.snapshot(now: now).placed(as: all.snapshot(now: now)).models.first)
        #expect(placed.active == 0 && placed.queued == 0 && placed.totals.requests == 0)
        #expect(placed.clients == 3 && placed.queueAvailable == 7 && placed.limits.parallel == 1)
    }
}
