// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockProxy
internal import PaddockStore

extension UsageQuery {
    /// The days of an answer if the query names none, today included.
    private static let days = 30

    /// Reads the query of `GET /admin/usage`.
    ///
    /// - Parameters:
    ///   - request: the request.
    ///   - today: days since 1970.
    /// - Throws: 400 `invalid_request`, with what would be right.
    init(_ request: OwnRequest, today: Int) throws(ErrorReply) {
        let last = try request.queryHours("to") ?? today * 24...today * 24 + 23
        let start = (last.lowerBound.day - Self.days + 1) * 24
        let first = try request.queryHours("from") ?? start...start
        guard first.lowerBound <= last.upperBound else {
            throw ErrorReply.invalidRequest("from must not be later than to")
        }
        var by: [UsageQuery.Dimension] = []
        for name in (request.queryText("by") ?? "client").split(separator: ",") {
            guard let dimension = Dimension(rawValue: String(name)), !by.contains(dimension) else {
                let names = Dimension.allCases.map(\.rawValue).joined(separator: ", ")
                throw ErrorReply.invalidRequest("by must be any of \(names), each once, with commas between them")
            }
            by.append(dimension)
        }
        self.init(hours: first.lowerBound...last.upperBound, by: by)
    }
}
