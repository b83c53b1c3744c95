// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PaddockCluster
import Testing

@testable import PaddockConfiguration

@Suite("The keys of a cluster")
struct ClusterKeyTests {
    private func cluster(_ yaml: String) throws -> ClusterSettings {
        try #require(try load(yaml).configuration.cluster)
    }

    /// Runs a test with a file that holds a text.
    private func withFile(_ text: String, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "paddock-\(UUID())").path
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test("Without a store there is no cluster")
    func none() throws {
        #expect(try load().configuration.cluster == nil)
        #expect(try load("cluster: {name: a, listen: 10.0.0.1:1}").configuration.cluster == nil)
    }

    @Test("What is left open follows from the rest of the configuration")
    func defaults() throws {
        let cluster = try self.cluster("request_timeout: 60\ncluster: {store: redis://10.0.0.5}")
        #expect(cluster.store.hosts == [.init(name: "10.0.0.5", port: 6_379)])
        #expect(!cluster.name.isEmpty && (try? ClusterText.name(cluster.name)) == cluster.name)
        #expect(cluster.listen == .init(name: "127.0.0.1", port: 0))
        #expect(cluster.advertise == nil && cluster.secretFile == nil)
        #expect((cluster.lease, cluster.grace) == (.seconds(2), .seconds(60)))
        #expect(cluster.whenAlone == .share)
        #expect(try cluster.readSecret().isEmpty)
        #expect(try self.cluster("request_timeout: 1\ncluster: {store: redis://a}").grace == .seconds(2))
    }

    @Test("Members of one machine have different names")
    func names() throws {
        let usual = try self.cluster("cluster: {store: redis://a}").name
        #expect(try self.cluster("port: 0\ncluster: {store: redis://a}").name == usual)
        #expect(try self.cluster("port: 8081\ncluster: {store: redis://a}").name == "\(usual)-8081")
        #expect(try self.cluster("port: 8081\ncluster: {store: redis://a, name: b}").name == "b")
    }

    @Test("The map and the names of listings mean the same, and a key is given once")
    func spellings() throws {
        #expect(
            try self.cluster("cluster.store: redis://a\ncluster.lease: 3s")
                == self.cluster("cluster: {lease: 3, store: redis://a}")
        )
        #expect(
            refusal("cluster: {store: redis://a}\ncluster.store: redis://b")
                == "paddock.yaml:2: cluster.store: given twice, in line 1 and in line 2: keep one of them"
        )
    }

    @Test("Variables and flags set them")
    func otherSources() throws {
        let loaded = try load(
            "cluster: {lease: 1s}",
            environment: [
                "PADDOCK_CLUSTER_STORE": "etcd://a,b:1?prefix=x", "PADDOCK_CLUSTER_NAME": "one",
                "PADDOCK_CLUSTER_LISTEN": "[::1]:0",
                "PADDOCK_CLUSTER_ADVERTISE": "[10.0.0.1]:8081", "PADDOCK_CLUSTER_LEASE": "4s",
                "PADDOCK_CLUSTER_GRACE": "auto",
                "PADDOCK_CLUSTER_WHEN_ALONE": "stop",
            ],
            flags: ["--cluster-name": ["two"]]
        )
        let cluster = try #require(loaded.configuration.cluster)
        #expect(cluster.store.description == "etcd://a:2379,b:1?prefix=x")
        #expect((cluster.name, cluster.listen.description) == ("two", "[::1]:0"))
        #expect(cluster.advertise == .init(name: "10.0.0.1", port: 8_081))
        #expect((cluster.lease, cluster.grace, cluster.whenAlone) == (.seconds(4), .seconds(300), .stop))
        #expect(loaded.source(of: "cluster.name") == .flag("--cluster-name"))
        #expect(loaded.source(of: "cluster.lease") == .variable("PADDOCK_CLUSTER_LEASE"))
        #expect(
            try load(flags: ["--cluster": ["redis://a/3"]]).configuration.cluster?.store.description
                == "redis://a:6379/3"
        )
    }

    @Test(
        "A bad value is an error that says what would be right",
        arguments: [
            (
                "store: http://a",
                "store: it does not begin with redis:// or etcd://: give redis://HOST:PORT/DATABASE or etcd://HOST:PORT, "
                    + "with USER:PASSWORD@ in front of the host if need be"
            ),
            ("name: a b", "name: \"a b\" is not a name of a member: give auto or 1 to 64 of A-Z a-z 0-9 . _ -"),
            (
                "listen: 10.0.0.1",
                "listen: \"10.0.0.1\" has no port: give an address with a port such as 10.0.0.1:8081 or [fd00::1]:8081"
            ),
            (
                "listen: '::1:80'",
                "listen: the IPv6 address in \"::1:80\" has no brackets: give an address with a port such as 10.0.0.1:8081 or "
                    + "[fd00::1]:8081"
            ),
            (
                "listen: a:65536",
                "listen: \"65536\" is out of range: give an address with a port such as 10.0.0.1:8081 or [fd00::1]:8081"
            ),
            (
                "advertise: 0.0.0.0:1",
                "advertise: \"0.0.0.0:1\" is no address that others can connect to: give auto or an address with a port such as "
                    + "10.0.0.1:8081 or [fd00::1]:8081"
            ),
            (
                "lease: 0.4",
                "lease: \"0.4\" is out of range: give seconds such as 5, or a duration such as 5s or 1m, from 0.5s to 60s"
            ),
            (
                "grace: 1s",
                "grace: 1s is less than cluster.lease, 2s: give at least that, or auto"
            ),
            ("when_alone: run", "when_alone: \"run\" is not one of the values: give share or stop"),
            ("stores: a", "stores: unknown key: did you mean store?"),
            (
                "listen: 0.0.0.0:8081, secret_file: /dev/null",
                "advertise: with 0.0.0.0:8081 as cluster.listen it is not known where others reach this member: "
                    + "give its address and port, such as 10.0.0.1:8081"
            ),
            (
                "listen: 10.0.0.1:8081",
                "secret_file: none is given, and with 10.0.0.1:8081 as cluster.listen other machines can connect: "
                    + "give a file with the same secret on all members, such as openssl rand -base64 32 writes"
            ),
            (
                "secret_file: /no/such/file",
                "secret_file: \"/no/such/file\" cannot be read (No such file or directory): give the name of a readable file"
            ),
        ]
    )
    func badValues(keys: String, message: String) {
        let store = keys.hasPrefix("store:") ? "" : "store: redis://a, "
        let line = refusal("cluster: {\(store)\(keys)}")
        #expect(line?.contains(": cluster." + message) == true, "\(line ?? "none")")
    }

    @Test("A map that is none is refused", arguments: ["cluster: redis://a", "cluster: [a]", "cluster:"])
    func noMap(yaml: String) {
        #expect(
            refusal(yaml)?.hasSuffix(
                ": give a map with any of store, name, listen, advertise, secret_file, lease, grace, when_alone"
            ) == true
        )
    }

    @Test("The secret is read from its file, and at least 16 characters long")
    func secret() throws {
        try self.withFile("sixteen-letters!\n") { file in
            let cluster = try self.cluster("cluster: {store: redis://a, listen: 10.0.0.1:1, secret_file: \(file)}")
            #expect(try cluster.readSecret() == Array("sixteen-letters!".utf8))
        }
        try self.withFile("fifteen-letters") { file in
            let line = refusal("cluster: {store: redis://a, secret_file: \(file)}")
            #expect(line?.contains("it is shorter than 16 characters: give a file with 16 to 1024 printable") == true)
            #expect(line?.contains("fifteen") == false)
        }
    }

    @Test(
        "No error, listing or dump shows a password",
        arguments: [
            "redis://:hunter2@a", "redis://u:hunter2@a:b", "redis://:hunter2", "redis://u:x/hunter2@a",
            "redis://u:x?hunter2=1@a",
            "redis://u:hunter2@a/x", "etcd://u:hunter2@a/1", "redis://u:%zz-hunter2@a", "rediss://u:hunter2@a",
            "hunter2://a", "hunter2",
            "redis://a?sentinel=x&hunter2", "redis://u:hunter2@a,,b",
        ]
    )
    func passwords(text: String) throws {
        for (yaml, environment) in [("cluster: {store: '\(text)'}", [:]), (nil, ["PADDOCK_CLUSTER_STORE": text])] {
            do throws(ConfigurationError) {
                let loaded = try load(yaml, environment: environment)
                var dumped = ""
                dump(loaded, to: &dumped)
                dump(loaded.configuration.cluster, to: &dumped)
                for text in [dumped, "\(loaded)", "\(loaded.values)", String(reflecting: loaded.configuration)] {
                    #expect(!text.contains("hunter2"))
                }
            } catch {
                #expect(!error.description.contains("hunter2"))
            }
        }
    }

    @Test("What has no effect, or not that which is meant, is warned of")
    func warnings() throws {
        func warnings(_ yaml: String) throws -> [String] { try load(yaml).configuration.warnings }
        #expect(
            try load("cluster: {lease: 3s}").warnings == [
                "paddock.yaml:1: cluster.lease: it has no effect without cluster.store: give the address of a store, or "
                    + "leave this out"
            ]
        )
        #expect(try warnings("cluster: {store: redis://127.0.0.1}").isEmpty)
        #expect(try warnings("cluster: {store: redis://10.0.0.5}").first?.hasPrefix("cluster.listen: ") == true)
        #expect(try warnings("cluster: {store: redis://10.0.0.5, advertise: 10.0.0.1:1}").isEmpty)
        #expect(
            try warnings("cluster: {store: redis://localhost, grace: 299s}").first?.hasPrefix("cluster.grace: ") == true
        )
        #expect(try load(flags: ["--cluster": ["redis://:x@127.0.0.1"]]).warnings.count == 1)
        #expect(try load(environment: ["PADDOCK_CLUSTER_STORE": "redis://:x@127.0.0.1"]).warnings.isEmpty)
    }
}
