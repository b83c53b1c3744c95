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
        let since = try Self.hours("since", request)?.lowerBound ?? 0
        let until = try Self.hours("until", request).map { Int64($0.upperBound + 1) * Self.millisecondsPerHour } ?? .max
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

    private static func hours(_ name: String, _ request: OwnRequest) throws(ErrorReply) -> ClosedRange<Int>? {
        guard let text = request.queryText(name) else { return nil }
        guard let hours = HourText.hours(text) else {
            throw ErrorReply.invalidRequest(
                "\(name) must be a day such as 2026-11-28, or an hour such as 2026-11-28T13"
            )
        }
        return hours
    }
}
