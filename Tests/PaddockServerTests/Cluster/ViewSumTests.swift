// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON
import Testing

@testable import PaddockServer

@Suite("One view of what members show")
struct ViewSumTests {
    private static func value(_ text: String) -> JSONValue { (try? JSONValue(parsing: Array(text.utf8))) ?? .null }

    private static func contents(_ members: String, models: String? = nil) -> ViewDocument.Contents {
        var contents = ViewDocument.Contents()
        contents.members = Self.value(members).object ?? JSONObject()
        contents.models = models.map { (Self.value($0).object?.members ?? []).map { ($0.key, $0.value) } }
        return contents
    }

    private static func sum(
        _ parts: (String, ViewDocument.Contents)...,
        own: ViewDocument.Contents? = nil,
        shown: ViewDocument? = nil
    ) -> ViewDocument.Contents {
        ViewSum.of(parts.map { ViewSum.Part(member: $0, contents: $1) }, own: own ?? parts[0].1, shown: shown)
    }

    @Test("Counts are added, and what a member says of itself stays its own")
    func counts() {
        let own = Self.contents(#"{"time":2,"role":"viewer","memory":{"total_gb":8},"load":{"active":1}}"#)
        let other = Self.contents(#"{"time":1,"role":"stranger","memory":{"total_gb":9},"load":{"active":3}}"#)
        let sum = Self.sum(("b", other), ("a", own), own: own)
        #expect(
            JSONValue.object(sum.members).text
                == #"{"time":2,"role":"viewer","memory":{"total_gb":8},"load":{"active":4}}"#
        )
        #expect(sum.models == nil)
    }

    @Test("Models are added up, those of one member alone stay as they are, and the busiest are chosen of all")
    func models() throws {
        let one = Self.contents("{}", models: #"{"x":{"active_requests":1},"y":{"active_requests":2}}"#)
        let other = Self.contents("{}", models: #"{"x":{"active_requests":2},"z":{"active_requests":1}}"#)
        let models = try #require(Self.sum(("a", one), ("b", other)).models)
        #expect(models.map(\.name) == ["x", "y", "z"])
        #expect(models.map { $0.entry["active_requests"]?.integer } == [3, 2, 1])
        #expect(ViewSum.busiest(models, 2)?.map(\.name) == ["x", "y"])
        #expect(ViewSum.busiest(nil, 2) == nil)
    }

    @Test("Requests that were not served are not added up, though they are of one model")
    func unserved() {
        let one = Self.contents(#"{"unserved":[{"time":3,"model":"x"},{"time":1,"model":"x"}]}"#)
        let other = Self.contents(#"{"unserved":[{"time":2,"model":"x"}]}"#)
        let list = Self.sum(("a", one), ("b", other)).members["unserved"]?.array
        #expect(list?.map { $0["time"]?.integer } == [3, 2, 1])
        #expect(list?.map { $0["member"]?.string } == ["a", "b", "a"])
    }

    @Test("Requests are those that run, then those that wait by their places, with their members")
    func requests() throws {
        func contents(_ id: String, _ position: Int) -> ViewDocument.Contents {
            Self.contents(
                #"{"requests":{"total":2,"by_id":{"r\#(id)":{"position":0},"w\#(id)":{"position":\#(position)}},"order":["r\#(id)","w\#(id)"]}}"#
            )
        }
        let requests = try #require(Self.sum(("a", contents("a", 2)), ("b", contents("b", 1))).members["requests"])
        #expect(requests["order"] == ["ra", "rb", "wb", "wa"])
        #expect(requests["total"] == 4)
        #expect(requests["by_id"]?["wb"]?["member"] == "b")
        // Strangers see the number alone.
        let counted = Self.contents(#"{"requests":{"total":2}}"#)
        #expect(Self.sum(("a", counted), ("b", counted)).members["requests"] == ["total": 4])
    }

    @Test("What ended is in the order of its numbers, and none is lost if two members have the same one")
    func ended() throws {
        let one = Self.contents(#"{"ended":{"12":{"id":"p"},"10":{"id":"q"}}}"#)
        let other = Self.contents(#"{"ended":{"12":{"id":"r"},"11":{"id":"s"}}}"#)
        let ended = try #require(Self.sum(("a", one), ("b", other)).members["ended"]?.object)
        #expect(ended.members.map(\.key) == ["13", "12", "11", "10"])
        #expect(Set(ended.members.map { $0.value["id"]?.string }) == ["p", "q", "r", "s"])
    }

    @Test("Of many that end at once some are left out, and all are shown to who begins to look")
    func many() throws {
        let list = (1...300).map { #""\#($0)":{}"# }.joined(separator: ",")
        let own = Self.contents("{\"ended\":{\(list)}}")
        let first = Self.sum(("a", own))
        #expect(first.members["ended"]?.object?.members.count == DashboardLists.endedShown)
        var shown = ViewDocument()
        _ = shown.advance(to: Self.contents(#"{"ended":{"250":{"member":"a"}}}"#))
        let next = try #require(Self.sum(("a", own), shown: shown).members["ended"]?.object)
        #expect(next.members.count == DashboardLists.endedAtOnce + 1)
        #expect(next.members.first?.key == "300" && next.members.last?.key == "250")
    }

    @Test("Events say at which member they happened, also those about a member")
    func events() {
        let one = Self.contents(#"{"events":{"1":{"member":"c"}}}"#)
        let events = Self.sum(("a", one)).members["events"]
        #expect(events == ["1": ["member": "c", "gateway": "a"]])
    }

    @Test("What goes to another member comes back as it was, and what is none is none")
    func sent() throws {
        let contents = Self.contents(#"{"a":1}"#, models: #"{"x":{"b":2}}"#)
        let read = try #require(ViewDocument.Contents(Self.value(contents.json.string)))
        #expect(JSONValue.object(read.members).text == #"{"a":1}"#)
        #expect(read.models?.map(\.name) == ["x"] && read.models?.first?.entry == ["b": 2])
        #expect(try #require(ViewDocument.Contents(Self.value(#"{"members":{}}"#))).models == nil)
        for text in ["{}", "[]", "null", #"{"members":[]}"#] {
            #expect(ViewDocument.Contents(Self.value(text)) == nil)
        }
    }
}
