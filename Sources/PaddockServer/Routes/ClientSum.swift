// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON
internal import PaddockProxy

/// Makes one list of the clients of members (contract, sections 25 and 27).
enum ClientSum {
    /// The route by which members tell each other.
    static let path = "/cluster/clients"
    /// How many clients a member tells others at least.
    private static let least = 500

    /// How members are asked, and their lists made one.
    static let join = MemberJoin(
        asked: { request in
            var asked = request
            // Shares are parts of the service of all, whoever is asked for.
            let limit = max(Self.least, request.acceptedLimit(or: ClientRoutes.defaultLimit))
            asked.query = "limit=\(limit)&client=\(request.queryValue("client") ?? "")"
            asked.role = .viewer
            return asked
        },
        route: Self.path,
        join: { documents, request in Self.of(documents, request) }
    )

    private static func of(_ documents: [MemberJoin.Document], _ request: OwnRequest) -> JSONValue? {
        guard let sum = MemberSum.of(documents)?.object else { return nil }
        var clients = (sum["clients"]?.array ?? []).compactMap(\.object)
        // A member with more clients does not tell all of them.
        let total = documents.reduce(clients.count) { max($0, $1.value["total"]?.toldCount ?? 0) }
        guard request.role >= .viewer else { return ["total": JSONValue(total)] }
        clients = Self.withShares(clients)
        if let name = request.queryText("client"), !name.isEmpty {
            clients = clients.filter { $0["client"]?.string == name }
        }
        let sorting = ClientsReading.Sorting(rawValue: request.queryText("sort") ?? "") ?? .busy
        let sorted = clients.map { (keys: sorting.keys(of: $0), client: $0) }.sorted { left, right in
            for (left, right) in zip(left.keys, right.keys) where left != right { return left > right }
            return left.client["client"]?.string ?? "" < right.client["client"]?.string ?? ""
        }
        let limit = request.acceptedLimit(or: ClientRoutes.defaultLimit)
        let shown = sorted.prefix(limit).map { JSONValue.object($0.client) }
        return ["total": JSONValue(total), "clients": .array(shown)]
    }

    /// The clients with their parts of the service of all members, in place of what they had of it.
    private static func withShares(_ clients: [JSONObject]) -> [JSONObject] {
        let slices = clients.map { (slices: ServiceSlices($0), weight: $0["weight"]?.double ?? 1) }
        let shares = ServiceShares(slices, byTokens: false)
        return zip(clients, slices).map { client, slices in
            let share = shares.share(of: slices.slices, weight: slices.weight)
            var shown = JSONObject()
            for field in client.members {
                switch field.key {
                case ServiceSlices.serviceKey, ServiceSlices.workKey: continue
                case "share": shown.append(field.key, JSONValue(share?.share.rounded(decimals: 4)))
                case "fair_share": shown.append(field.key, JSONValue(share?.fair.rounded(decimals: 4)))
                default: shown.members.append(field)
                }
            }
            return shown
        }
    }
}

extension ClientsReading.Sorting {
    /// What comes first has the larger ones: as of a member's own clients.
    fileprivate func keys(of client: JSONObject) -> [Double] {
        func sum(_ keys: String...) -> Double { keys.reduce(0) { $0 + (client[$1]?.double ?? 0) } }
        return switch self {
        case .busy: [sum("running", "waiting"), sum("share"), sum("requests")]
        case .name: []
        case .running: [sum("running")]
        case .waiting: [sum("waiting")]
        case .share: [sum("share")]
        case .requests: [sum("requests")]
        case .tokens: [sum("tokens_in", "tokens_out")]
        case .refused: [sum("refused", "rejected", "would_time_out")]
        case .wait: [client["wait_ms_p90"]?.double ?? -1]
        // Without its century a time fits into a number.
        case .last: [Double((client["last_request"]?.string ?? "").filter(\.isNumber).dropFirst(2)) ?? -1]
        }
    }
}
