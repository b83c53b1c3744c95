// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockClient
import PaddockJSON

/// The gateway at one moment: its health and its queues.
struct GatewayReading: Equatable, Sendable {
    let health: HealthReply
    let stats: StatsReply
    /// Both replies as they came, for `--json`.
    var healthJSON: JSONText = "null"
    var statsJSON: JSONText = "null"

    /// Asks a gateway.
    static func take(from gateway: RemoteGateway) async throws(CommandFailure) -> GatewayReading {
        let health = try await gateway.health()
        let stats: RemoteGateway.Reading<StatsReply> = try await gateway.ask("/queue/stats")
        return GatewayReading(
            health: health.value,
            stats: stats.value,
            healthJSON: health.json,
            statsJSON: stats.json
        )
    }

    /// How many backends answer.
    var healthyBackends: Int { self.health.backends.count { $0.healthy } }

    /// One object with the gateway's own two.
    func json(url: ServerURL) -> JSONText {
        #"{"url":\#(url.description),"health":\#(self.healthJSON),"stats":\#(self.statsJSON)}"#
    }
}
