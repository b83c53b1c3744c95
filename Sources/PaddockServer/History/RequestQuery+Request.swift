// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy
internal import PaddockStore

extension RequestQuery {
    private static let limits = 1...10_000
    private static let defaultLimit = 100
    private static let millisecondsPerHour: Int64 = 3_600_000

    /// Reads the query of `GET /admin/requests`.
    ///
    /// - Throws: 400 `invalid_request`, with what would be right.
    init(_ request: OwnRequest) throws(ErrorReply) {
        let limit = try request.queryLimit(in: Self.limits) ?? Self.defaultLimit
        let since = try request.queryHours("since")?.lowerBound ?? 0
        let until = try request.queryHours("until").map { Int64($0.upperBound + 1) * Self.millisecondsPerHour } ?? .max
        let start = Int64(since) * Self.millisecondsPerHour
        guard start < until else { throw ErrorReply.invalidRequest("since must not be later than until") }
        self.init(ended: start..<until, limit: limit)
        self.client = request.queryText("client")
        if let name = request.queryText("model") {
            guard let model = ModelName(name) else {
                throw ErrorReply.invalidRequest("model must be the name of a model")
            }
            self.model = model.description
        }
        if let name = request.queryText("outcome") {
            guard let ending = Ending(arrivalRawValue: name) else {
                let names = Ending.ofArrivals.map(\.rawValue).joined(separator: ", ")
                throw ErrorReply.invalidRequest("outcome must be one of \(names)")
            }
            self.outcome = ending.rawValue
        }
    }
}
