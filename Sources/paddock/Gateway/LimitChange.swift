// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOHTTP1
import PaddockServer

/// New limits for one model; `nil` leaves one as it is.
struct LimitChange: Equatable, Sendable {
    let model: String
    var parallel: Int?
    var queue: Int?
}

extension RemoteGateway {
    /// Changes the limits of a model.
    func update(_ change: LimitChange) async throws(CommandFailure) -> Reading<UpdateReply> {
        var fields: [(key: String, value: OrderedJSON)] = [("model", .string(change.model))]
        if let parallel = change.parallel { fields.append(("parallel_limit", .integer(parallel))) }
        if let queue = change.queue { fields.append(("queue_limit", .integer(queue))) }
        return try await self.ask("/admin/queue/update", method: .POST, json: .object(fields))
    }
}
