// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON
internal import PaddockProxy

/// How what members answer to a request becomes the answer of all (contract, section 27).
struct MemberJoin: Sendable {
    /// What a member answers, and its name; first of the one that is right if they differ.
    typealias Document = (member: String, value: JSONValue)

    /// Whether the request is one to all members.
    var isForAll: @Sendable (_ request: OwnRequest) -> Bool = { _ in true }
    /// What each member is asked: more than what is shown, if that is found only in what all say.
    var asked: @Sendable (_ request: OwnRequest) -> OwnRequest = { $0 }
    /// The route of members that answers that; nil if it is the route itself.
    var route: String?
    /// Makes one answer; nil if nobody has one.
    var join: @Sendable (_ documents: [Document], _ request: OwnRequest) -> JSONValue?

    /// Their answers are added up.
    static let sum = MemberJoin { documents, _ in MemberSum.of(documents) }

    /// Their answers are lists of requests that have ended, and become one.
    ///
    /// - Parameter limit: how many are listed if the query does not say.
    static func ended(limit: Int) -> MemberJoin {
        MemberJoin { documents, request in
            guard var sum = MemberSum.of(documents)?.object else { return nil }
            guard let requests = sum["requests"]?.array else { return .object(sum) }
            let limit = request.acceptedLimit(or: limit)
            sum.members.removeAll { $0.key == "requests" }
            sum.append("requests", .array(RequestPage.lastFirst(requests, limit: limit)))
            return .object(sum)
        }
    }
}
