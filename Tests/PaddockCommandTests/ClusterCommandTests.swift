// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockClient
import PaddockJSON
import Testing

@testable import paddock

@Suite("paddock cluster")
struct ClusterCommandTests {
    private static let member = """
        {"enabled":true,"name":"a","id":"9f12ab","role":"coordinator","term":7,"coordinator":"a","without_contact_ms":0,
        "round_trip_ms":0.4,"lease_ms":2000,"grace_ms":300000,"when_alone":"share",
        "store":{"address":"redis://10.0.0.5:6379/0","ok":true,"error":null},"members":[
        {"name":"a","id":"1","address":"10.0.0.1:8081","role":"coordinator","linked":true,"self":true,"active":3,"waiting":10,
        "differing":[]},
        {"name":"b","id":"2","address":"10.0.0.2:8081","role":"member","linked":false,"self":false,"active":null,"waiting":null}
        ],"grants_void":0}
        """

    private func lines(_ json: String, width: Int? = nil) throws -> [String] {
        let reply = try ClusterReply(json: JSONValue(parsing: Array(json.utf8)))
        return Report(blocks: ClusterCommand.blocks(reply), json: "null").lines(width: width)
    }

    private func changed(_ changes: (String, String)...) throws -> [String] {
        try self.lines(changes.reduce(Self.member) { $0.replacing($1.0, with: $1.1) })
    }

    @Test("The cluster in two lines, and a line for each member")
    func whole() throws {
        #expect(
            try self.lines(Self.member) == [
                "Cluster: 2 members, coordinator a (this one), term 7, store ok",
                "Store redis://10.0.0.5:6379/0, lease 2.00 s, grace 300 s, slowest member 0.40 ms",
                "",
                "MEMBER  ROLE         ADDRESS        LINK      ACTIVE  WAITING  SETTINGS",
                "a       coordinator  10.0.0.1:8081  this one       3       10  same",
                "b       member       10.0.0.2:8081  down           -        -  same",
            ]
        )
        #expect(try self.lines(Self.member, width: 40).allSatisfy { $0.count <= 40 })
    }

    @Test("A gateway in no cluster says so")
    func none() throws {
        #expect(
            try self.lines(#"{"enabled":false}"#) == [
                "This gateway is in no cluster: cluster.store is not set in its configuration."
            ]
        )
    }

    @Test("What is wrong is said in words")
    func troubles() throws {
        let alone = try self.changed(
            (
                #""role":"coordinator","term":7,"coordinator":"a","without_contact_ms":0"#,
                #""role":"alone","term":null,"coordinator":null,"without_contact_ms":12000"#
            ),
            (#""ok":true,"error":null"#, #""ok":false,"error":"connection refused""#)
        )
        #expect(alone[0] == "Cluster: 2 members, no coordinator (this one is alone), store does not answer")
        #expect(
            alone.contains("It has had no coordinator for 12.0 s, and starts requests within its share of the limits")
        )
        #expect(alone.contains("The store does not answer: connection refused"))
        let stopped = try self.changed(
            (#""role":"coordinator","term":7"#, #""role":"alone","term":7"#),
            (#""when_alone":"share""#, #""when_alone":"stop""#)
        )
        #expect(stopped.contains { $0.hasSuffix("and starts nothing") })
        let starting = try self.changed(
            (#""role":"coordinator","term":7,"coordinator":"a""#, #""role":"starting","term":null,"coordinator":null"#)
        )
        #expect(starting[0] == "Cluster: 2 members, no coordinator yet, store ok")
        let other = try self.changed(
            (#""differing":[]"#, #""differing":["backends","swap"]"#),
            (#""grants_void":0"#, #""grants_void":12"#)
        )
        #expect(other.contains("a has another configuration, and what the coordinator's says holds: backends, swap"))
        #expect(other.contains("12 starts came too late and were given back"))
        #expect(other.contains { $0.hasSuffix("2 differ") })
    }

    @Test("paddock status says it in one line, and nothing without a cluster")
    func status() throws {
        func lines(_ cluster: String) throws -> [String] {
            let health = """
                {"status":"healthy","version":"1.2.3","backends":[],"concurrency":{"default_parallel":2,"default_queue_limit":16}\(cluster)}
                """
            let reading = GatewayReading(
                health: try HealthReply(json: JSONValue(parsing: Array(health.utf8))),
                stats: StatsReply(defaultParallel: 2, defaultQueueLimit: 16, totalModels: 0, models: [:])
            )
            return Report.status(reading, url: ServerURL(host: "127.0.0.1", port: 8_080)).lines(width: nil)
        }
        let cluster = #","cluster":{"role":"member","term":7,"coordinator":"b","members":3,"store":"error"}"#
        #expect(try lines(cluster)[2] == "Cluster: 3 members, coordinator b, term 7, store does not answer")
        #expect(try !lines("").contains { $0.contains("Cluster") })
    }

    @Test("A name of another member cannot steer the terminal")
    func names() throws {
        let lines = try self.changed(
            (#""name":"b""#, #""name":"b\u001b[2J""#),
            (#""coordinator":"a""#, #""coordinator":"\u0007""#)
        )
        #expect(lines.allSatisfy { line in line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } })
    }
}
