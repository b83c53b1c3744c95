// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockCluster
internal import PaddockClusterAdmission
internal import PaddockJSON

/// What a member asks the coordinator about places in the queue of all members: those of the requests that wait, or of one.
struct PlaceQuestion: Hashable, Sendable {
    /// Which requests.
    var search: PlaceSearch
    /// The number of the only one, which is of the member that the search names; nil for all.
    var number: UInt64?

    /// The question as it goes over a link.
    var json: JSONText {
        .object { json in
            json.member("model", self.search.model?.description)
            json.member("client", self.search.client)
            json.member("member", self.search.member?.text)
            json.member("limit", self.search.limit)
            json.member("number", self.number.map { Int(clamping: $0) })
        }
    }

    init(_ search: PlaceSearch, number: UInt64? = nil) { (self.search, self.number) = (search, number) }

    /// Reads a question; nil if it is none.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let limit = value["limit"]?.integer, limit >= 0 else {
            return nil
        }
        self.search = PlaceSearch(limit: limit)
        self.search.model = value["model"]?.string.flatMap { ModelName($0) }
        self.search.client = value["client"]?.string
        self.search.member = value["member"]?.string.flatMap { MemberID(text: $0) }
        self.number = value["number"]?.integer.flatMap { UInt64(exactly: $0) }
    }

    /// What the coordinator answers; nil if this member is not coordinator.
    func answer(_ admission: ClusterAdmission, now: Instant) -> [MemberPlace]? {
        guard let number = self.number, let member = self.search.member else {
            return admission.places(self.search, now: now)
        }
        return admission.place(of: number, member, now: now).map { [$0] }
    }
}

extension MemberID {
    /// As members write it to each other, and show it.
    var text: String { String(self.number, radix: 16) }

    /// Reads it; nil if it is none.
    init?(text: String) {
        guard let number = UInt64(text, radix: 16) else { return nil }
        self.init(number)
    }
}

extension MemberPlace {
    /// The place as it goes over a link: which request, and what a client is told of it.
    var json: JSONText {
        .object { json in
            json.member("member", self.member.text)
            json.member("number", Int(clamping: self.number))
            json.member("position", self.waiting.position)
            json.milliseconds("estimated_start_ms", self.waiting.estimatedStart)
            json.milliseconds("estimated_start_ms_max", self.waiting.latestStart)
            json.write(self.waiting.reason)
        }
    }
}
