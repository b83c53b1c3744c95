// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockHTTP
internal import PaddockProxy

extension OwnRequest {
    /// The model that the query names; empty if it cannot be a model's name, and so has no queue.
    var queryModel: String? {
        let bytes = Array((self.query ?? "").utf8)
        return switch QueryModel.find(in: bytes.span) {
        case .model(let name): name
        case .invalid: ""
        case nil: nil
        }
    }

    /// The value of a name in the query, unchanged.
    func queryValue(_ name: String) -> String? {
        for pair in (self.query ?? "").split(separator: "&") where pair.hasPrefix(name + "=") {
            return String(pair.dropFirst(name.utf8.count + 1))
        }
        return nil
    }

    /// The value of a name in the query, decoded, or as it is if it is not encoded as a query is; nil if it is not there.
    func queryText(_ name: String) -> String? {
        self.queryValue(name).map { text in
            let bytes = Array(text.utf8)
            return QueryModel.decoded(bytes.span).map { String(decoding: $0, as: UTF8.self) } ?? text
        }
    }

    /// The number that `limit` in the query gives; nil if it is not there.
    ///
    /// - Parameter range: what it may be.
    /// - Throws: 400 `invalid_request`, with the range.
    func queryLimit(in range: ClosedRange<Int>) throws(ErrorReply) -> Int? {
        guard let text = self.queryText("limit") else { return nil }
        guard let limit = Int(text), range.contains(limit) else {
            throw .invalidRequest("limit must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return limit
    }

    /// The hours, counted from 1970 in UTC, of the day or the hour that the query gives; nil if it is not there.
    ///
    /// - Throws: 400 `invalid_request`.
    func queryHours(_ name: String) throws(ErrorReply) -> ClosedRange<Int>? {
        guard let text = self.queryText(name) else { return nil }
        guard let hours = HourText.hours(text) else {
            throw .invalidRequest("\(name) must be a day such as 2026-11-28, or an hour such as 2026-11-28T13")
        }
        return hours
    }

    /// The number that `limit` gives in the query of a request that was accepted.
    ///
    /// - Parameter usual: how many are listed if the query does not say.
    func acceptedLimit(or usual: Int) -> Int { self.queryText("limit").flatMap { Int($0) } ?? usual }
}
