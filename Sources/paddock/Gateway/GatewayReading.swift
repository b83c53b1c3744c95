// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockClient
import PaddockJSON

/// The gateway at one moment: its health and its queues.
struct GatewayReading: Equatable, Sendable {
    let health: HealthReply
    let stats: StatsReply
    /// What is wrong; nil from an older Paddock.
    var troubles: TroublesReply?
    /// The replies as they came, for `--json`.
    var healthJSON: JSONText = "null"
    var statsJSON: JSONText = "null"
    var troublesJSON: JSONText = "null"

    /// Asks a gateway.
    static func take(from gateway: RemoteGateway) async throws(CommandFailure) -> GatewayReading {
        let health = try await gateway.health()
        let stats: RemoteGateway.Reading<StatsReply> = try await gateway.ask("/queue/stats")
        var reading = GatewayReading(
            health: health.value,
            stats: stats.value,
            healthJSON: health.json,
            statsJSON: stats.json
        )
        do throws(CommandFailure) {
            let troubles: RemoteGateway.Reading<TroublesReply> = try await gateway.ask("/queue/troubles")
            (reading.troubles, reading.troublesJSON) = (troubles.value, troubles.json)
        } catch {
            // An older Paddock has no such route.
            if error.status != .protocolError { throw error }
        }
        return reading
    }

    /// How many backends answer.
    var healthyBackends: Int { self.health.backends.count { $0.healthy } }

    /// One object with the gateway's own three.
    func json(url: ServerURL) -> JSONText {
        #"{"url":\#(url.description),"health":\#(self.healthJSON),"stats":\#(self.statsJSON),"troubles":\#(self.troublesJSON)}"#
    }
}
