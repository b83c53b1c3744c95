// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockProxy

@Suite("A backend's health")
struct BackendHealthTests {
    private static func verdicts(_ probes: [BackendHealth.Probe]) -> [Bool?] {
        var health = BackendHealth(interval: .seconds(5))
        return probes.map { health.probed($0).isHealthy }
    }

    @Test("One that refuses connections is down at once, one that is slow with the second missed probe")
    func goingDown() {
        #expect(Self.verdicts([.unreachable]) == [false])
        #expect(Self.verdicts([.answered, .unreachable]) == [true, false])
        #expect(Self.verdicts([.missed, .missed, .missed]) == [nil, false, false])
        #expect(Self.verdicts([.refused(status: 500), .missed, .answered]) == [nil, false, true])
        #expect(Self.verdicts([.missed, .unreachable]) == [nil, false])
        #expect(Self.verdicts([.unreachable, .missed]) == [false, false])
    }

    @Test("One answer makes it healthy, and what it missed before is forgotten")
    func comingBack() {
        #expect(Self.verdicts([.unreachable, .answered]) == [false, true])
        #expect(Self.verdicts([.missed, .answered, .missed, .answered]) == [nil, true, nil, true])
        #expect(Self.verdicts([.unreachable, .answered, .missed]) == [false, true, nil])
    }

    @Test(
        "A healthy one is asked again after its interval, one that is not after a second at most",
        arguments: [
            (Duration.seconds(5), Duration.seconds(1)), (.seconds(60), .seconds(1)), (.seconds(0.2), .seconds(0.2)),
        ]
    )
    func intervals(interval: Duration, soon: Duration) {
        var health = BackendHealth(interval: interval)
        let probes: [BackendHealth.Probe] = [
            .answered, .missed, .refused(status: 503), .unreachable, .notAsked, .answered,
        ]
        #expect(probes.map { health.probed($0).next } == [interval, soon, soon, soon, soon, interval])
    }

    @Test("Any status below 500 is an answer of /api/version, only success and redirection of a path that was chosen")
    func statuses() {
        let statuses = [200, 204, 302, 401, 404, 500, 503]
        #expect(statuses.filter(HealthCheck().accepts) == [200, 204, 302, 401, 404])
        #expect(statuses.filter(HealthCheck(path: "/api/version").accepts) == [200, 204, 302])
    }

    @Test(
        "A backend's URL and Host leave the port 80 out and put an IPv6 address in brackets",
        arguments: [
            ("localhost", 11434, "localhost:11434"), ("ollama", 80, "ollama"), ("::1", 11434, "[::1]:11434"),
            ("fe80::1", 80, "[fe80::1]"), ("127.0.0.1", 8080, "127.0.0.1:8080"),
        ]
    )
    func hosts(host: String, port: Int, authority: String) {
        let backend = Backend(host: host, port: port)
        #expect(backend.url == "http://\(authority)" && backend.hostLine == "Host: \(authority)\r\n")
    }

    /// Go refuses a `Host` with one.
    @Test("The interface of an address of one link is in its URL, and in no Host")
    func zones() {
        let backend = Backend(host: "fe80::1%eth0", port: 11434)
        #expect(backend.host == "fe80::1%eth0")
        #expect(backend.url == "http://[fe80::1%25eth0]:11434")
        #expect(backend.hostLine == "Host: [fe80::1]:11434\r\n")
        #expect(Backend(host: "fe80::1%eth0", port: 80).hostLine == "Host: [fe80::1]\r\n")
    }
}
