// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// How the service of a client goes to other members of a cluster, which add it up.
extension ServiceSlices {
    /// What they are called in an entry of a client.
    static let (serviceKey, workKey) = ("slice_service", "slice_work")

    /// Writes them for other members: by the age of a slice, so that members can be added up whose clocks differ.
    func write(byTokens: Bool, to json: inout JSONWriter) {
        let parts = self.parts(byTokens: byTokens).enumerated()
        let service: JSONText = .object { json in
            for (age, part) in parts where part.service > 0 { json.member(named: String(age), Int(part.service)) }
        }
        let work: JSONText = .object { json in
            for (age, part) in parts where part.hasWork { json.member(named: String(age), 1) }
        }
        json.member(named: Self.serviceKey, service)
        json.member(named: Self.workKey, work)
    }

    /// Reads those of a client, added up over members.
    init(_ client: JSONObject) {
        let service = client[Self.serviceKey]?.object?.valuesByKey ?? [:]
        let work = client[Self.workKey]?.object?.valuesByKey ?? [:]
        self.init(
            (0..<Self.count).map { age in (service[String(age)]?.double ?? 0, work[String(age)] != nil) }
        )
    }
}
