// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1
import PaddockJSON

/// New limits for one model; `nil` leaves one as it is.
struct LimitChange: Equatable, Sendable {
    let model: String
    var parallel: Int?
    var queue: Int?
}

extension RemoteGateway {
    /// Changes the limits of a model.
    func update(_ change: LimitChange) async throws(CommandFailure) -> Reading<UpdateReply> {
        let json = JSONText.object { json in
            json.member("model", change.model)
            if let parallel = change.parallel { json.member("parallel_limit", parallel) }
            if let queue = change.queue { json.member("queue_limit", queue) }
        }
        return try await self.ask("/admin/queue/update", method: .POST, json: json)
    }
}
