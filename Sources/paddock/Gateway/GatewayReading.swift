// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockServer

/// The gateway at one moment: its health and its queues.
struct GatewayReading: Equatable, Sendable {
    let health: HealthReply
    let stats: StatsReply
    /// The text of both replies, for `--json`.
    var healthText = "null"
    var statsText = "null"

    /// Asks a gateway.
    static func take(from gateway: RemoteGateway) async throws(CommandFailure) -> GatewayReading {
        let health = try await gateway.health()
        let stats: RemoteGateway.Reading<StatsReply> = try await gateway.ask("/queue/stats")
        return GatewayReading(
            health: health.value,
            stats: stats.value,
            healthText: health.text,
            statsText: stats.text
        )
    }

    /// How many backends answer.
    var healthyBackends: Int { self.health.backends.count { $0.healthy } }

    /// One object with the gateway's own two.
    func json(url: ServerURL) -> OrderedJSON {
        .object([
            ("url", .string(url.description)),
            ("health", .verbatim(self.healthText)),
            ("stats", .verbatim(self.statsText)),
        ])
    }
}
