// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

/// `/queue/connections` (contract section 25).
struct ConnectionRoutes: Sendable {
    /// How many addresses may be listed.
    private static let limits = 1...1_000
    private static let defaultLimit = 100

    private let connections: ConnectionBoard

    init(_ services: GatewayServices) { self.connections = services.connections }

    /// The addresses that connections come from, those with the most first.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let limit = try request.queryLimit(in: Self.limits) ?? Self.defaultLimit
        return .later { responder in
            Task { responder.reply(OwnReply(json: Self.json(await self.connections.read(), limit: limit))) }
        }
    }

    private static func json(_ survey: ConnectionSurvey, limit: Int) -> JSONText {
        let busiest = survey.addresses.sorted {
            ($0.value.connections, $1.key) > ($1.value.connections, $0.key)
        }
        return .object { json in
            json.member("total", survey.addresses.values.reduce(0) { $0 + $1.connections })
            json.member("total_addresses", survey.addresses.count)
            json.array("addresses") { json in
                for (address, counts) in busiest.prefix(limit) {
                    json.object { json in
                        json.member("address", address)
                        json.member("connections", counts.connections)
                        json.member("active", counts.active)
                        json.member("waiting", counts.waiting)
                        json.member("idle", counts.idle)
                        json.member("not_reading", counts.notReading)
                        json.milliseconds("oldest_ms", counts.oldest, decimals: 0)
                    }
                }
            }
        }
    }
}
