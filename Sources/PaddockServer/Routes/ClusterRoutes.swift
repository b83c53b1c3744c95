// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockCluster
internal import PaddockClusterNode
internal import PaddockJSON
internal import PaddockProxy

/// `/cluster` (contract, section 27).
struct ClusterRoutes: Sendable {
    static let path = "/cluster"
    private static let patience = Duration.seconds(2)

    private let service: ClusterService?

    init(_ services: GatewayServices) { self.service = services.cluster }

    /// What this member knows of its cluster; how much each member has to do, the coordinator knows.
    func show(_ request: OwnRequest) -> OwnAnswer {
        guard let service = self.service else { return .json(#"{"enabled":false}"#) }
        return .later { responder in
            Task {
                guard let reading = service.reading else {
                    return responder.reply(
                        OwnReply(
                            ErrorReply(503, "starting", "the cluster is not known yet: retry in 1 s", retryAfter: 1)
                        )
                    )
                }
                var members: [JSONValue]?
                if let leader = reading.leader, leader != reading.me.id, request.queryText("scope") == nil {
                    let question = MemberQuestion(.own, Self.path, OwnRequest(method: "GET", path: Self.path))
                    let answer = await service.node?.ask(question.bytes, of: leader, within: Self.patience)
                    let body = answer.flatMap(MemberAnswer.init)?.body
                    members = body.flatMap { try? JSONValue(parsing: $0) }?["members"]?.array
                }
                responder.reply(OwnReply(json: reading.json(members: members)))
            }
        }
    }
}
