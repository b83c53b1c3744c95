// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockJSON
import PaddockProxy
import PaddockTesting
import Testing

@testable import PaddockServer

@Suite("Events of the dashboard")
struct DashboardReadingTests {
    private static let urls = ["http://127.0.0.1:11434"]

    private static func reading(_ snapshot: AdmissionSnapshot, unserved: RequestHistory) -> DashboardReading {
        DashboardReading(
            time: 1234,
            admission: snapshot,
            backends: Self.urls,
            loaded: LoadedModel.list(json: Array(#"{"models":[{"name":"a:latest","size":10,"size_vram":5}]}"#.utf8)).map
            { [BackendIndex(0): $0] } ?? [:],
            memory: nil,
            troubles: TroubleList([]),
            unserved: unserved.reading
        )
    }

    private static let noTroubles = #""troubles":[],"troubles_total":0,"troubles_critical":0,"#

    private static func backends(replies: String, _ snapshot: AdmissionSnapshot) -> String {
        #""backends":[{"url":"http://127.0.0.1:11434","state":"open","healthy":true,"active_requests":0,"slots":null,"#
            + #""memory_bytes":null,"max_loaded":null,"observed":false,"exact_options":false,"breaker":"ok","reason":null,"#
            + #""until_ms":null,"residents":[],"plan":null,"#
            + #""loads":{"room":0,"turn":0,"copy":0,"options":0},"refused":0,"replies":{\#(replies)},"#
            + #""recent":\#(snapshot.fleet.backends[0].recent.backendJSON.string),"#
            + #""time_ms":{"draining":0.0,"serving":0.0,"loading":0.0,"idle":0.0},"loaded":["#
            + #"{"name":"a:latest","size_bytes":10,"gpu_bytes":5,"expires":null}]}],"memory":null"#
    }

    @Test("The first event has everything, as in the statistics")
    func whole() {
        let gateway = FixedGateway(named: ["a"])
        let snapshot = gateway.snapshot(at: 1)
        let event = Self.reading(snapshot, unserved: RequestHistory.unserved()).whole
        #expect(
            event == "event: state\ndata: {\"version\":\"\(PaddockVersion.text)\",\"time\":1234,\"status\":\"healthy\","
                + Self.noTroubles + Self.backends(replies: #""2xx":0,"3xx":0,"4xx":0,"5xx":0"#, snapshot)
                + ",\"stats\":\(snapshot.json(urls: Self.urls, hasFleet: false).string),\"gone\":[],\"unserved\":[]}\n\n"
        )
    }

    @Test("The others list models that differ or no longer exist, and new requests that were not served")
    func change() {
        let gateway = FixedGateway(named: ["a", "b"])
        let unserved = RequestHistory.unserved()
        gateway.arrive("typo", at: 1).map {
            gateway.admission.lease($0).end(.failed, ReplyProgress(), now: FixedGateway.time(2))
        }
        let before = Self.reading(gateway.snapshot(at: 3), unserved: unserved)
        gateway.run("typo", at: 4, status: 404)
        gateway.run("b", at: 7)
        let snapshot = gateway.snapshot(at: 10)
        let after = Self.reading(snapshot, unserved: unserved)
        let models = snapshot.models.filter { $0.name == "b" }
        let changed = snapshot.json(only: models, urls: Self.urls, hasFleet: false).string
        #expect(
            after.change(since: before) == "event: change\ndata: {\"time\":1234,\"status\":\"healthy\","
                + Self.noTroubles + Self.backends(replies: #""2xx":1,"3xx":0,"4xx":1,"5xx":0"#, snapshot)
                + ",\"stats\":\(changed),\"gone\":[\"typo\"]}\n\n"
        )
        var record = ExchangeRecord.fixed("id", .timedOut)
        record.code = "timeout"
        record.cause = .waiting
        record.started = nil
        record.ended = Instant(nanoseconds: 1_500_000_001)
        unserved.ended(SharedRecord(record), onLoop: 0)
        let news = Self.reading(snapshot, unserved: unserved).change(since: after)
        #expect(news.contains(#","gone":[],"unserved":[{"time":"#))
        #expect(
            news.hasSuffix(
                #","model":"llama2","outcome":"timed_out","code":"timeout","cause":"waiting","waited_ms":1500.0}]}"#
                    + "\n\n"
            )
        )
    }

    @Test("No name ends an event early")
    func lines() {
        let gateway = FixedGateway(named: ["a\n\nevent: state\ndata: {}\n\nb", "c\r\u{2028}d"])
        let event = Self.reading(gateway.snapshot(at: 1), unserved: RequestHistory.unserved()).whole
        #expect(event.split(whereSeparator: \.isNewline).count == 2)
    }

    @Test("A backend's list of models is cut, and anything else is ignored")
    func loaded() throws {
        let name = String(repeating: "x", count: 1000)
        let entries = Array(repeating: #"{"model":"\#(name)"}"#, count: 100).joined(separator: ",")
        let list = try #require(LoadedModel.list(json: Array(#"{"models":[\#(entries)]}"#.utf8)))
        #expect(list.count == LoadedModel.limit)
        #expect(list[0].name.count == 256 && list[0].sizeBytes == nil)
        #expect(LoadedModel.list(json: Array(#"{"models":null}"#.utf8)) == [])
        #expect(LoadedModel.list(json: Array(#"{"models":[{},{"name":3},"x"]}"#.utf8)) == [])
        #expect(LoadedModel.list(json: Array("[]".utf8)) == nil)
        #expect(LoadedModel.list(json: Array("nonsense".utf8)) == nil)
    }
}
