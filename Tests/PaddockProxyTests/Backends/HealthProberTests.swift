// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockTesting
import Testing

@testable import PaddockProxy

@Suite("Probes of backends")
struct HealthProberTests {
    /// Plays one probe: what was asked, and whether the backend answered it well and counts as healthy then.
    private static func probe(
        _ check: HealthCheck,
        status: String
    ) throws -> (line: Substring, answered: Bool, isHealthy: Bool) {
        let world = try GatewayWorld(healthCheck: check)
        // The second miss in a row decides.
        world.admission.setBackend(BackendIndex(0), healthy: false, now: .now())
        let prober = HealthProber(world.context)
        var answered = false
        _ = prober.start { _ in answered = true }
        world.settle()
        let wire = try #require(world.backends.first)
        let request = try #require(wire.receiveText())
        wire.send("HTTP/1.1 \(status)\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        world.settle()
        let line = request.split(separator: "\r\n").first ?? ""
        return (line, answered, world.admission.summary(now: .now()).backends[0].isHealthy)
    }

    @Test(
        "A backend is healthy by the status of what it is asked",
        arguments: [
            (HealthCheck(), "200 OK", true), (HealthCheck(), "404 Not Found", true),
            (HealthCheck(), "500 Internal Server Error", false), (HealthCheck(path: "/health?full"), "200 OK", true),
            (HealthCheck(path: "/health?full"), "404 Not Found", false),
            (HealthCheck(path: "/health?full"), "503 Service Unavailable", false),
        ]
    )
    func statuses(check: HealthCheck, status: String, isHealthy: Bool) throws {
        let result = try Self.probe(check, status: status)
        #expect(result.line == "GET \(check.path) HTTP/1.1")
        #expect(result.answered == isHealthy && result.isHealthy == isHealthy)
    }
}
