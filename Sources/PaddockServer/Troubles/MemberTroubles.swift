// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// Makes one list of what members say is wrong (contract, sections 26 and 27).
enum MemberTroubles {
    private static let subjects = ["model", "backend", "client", "batch"]

    /// The members of the reply to `GET /queue/troubles`, of all: the same trouble of several members is one, with their names.
    ///
    /// - Parameter documents: the names of the members, and what they say.
    static func joined(_ documents: [(member: String, value: JSONObject)]) -> JSONObject {
        var places: [[String?]: Int] = [:]
        var list: [(entry: JSONObject, members: [String])] = []
        var (left, critical) = (0, 0)
        for (member, document) in documents {
            let troubles = document["troubles"]?.array?.compactMap(\.object) ?? []
            // Those that are not listed are counted.
            left += max(0, (document["troubles_total"]?.toldCount ?? 0) - troubles.count)
            critical += max(0, (document["troubles_critical"]?.toldCount ?? 0) - troubles.count(where: Self.isCritical))
            for entry in troubles {
                let key = Self.key(of: entry)
                guard let place = places[key] else {
                    places[key] = list.count
                    list.append((entry, [member]))
                    continue
                }
                list[place].members.append(member)
                if Self.isBefore(entry, list[place].entry) { list[place].entry = entry }
            }
        }
        let sorted = list.sorted { Self.isBefore($0.entry, $1.entry) }
        var joined = JSONObject()
        joined.append(
            "troubles",
            .array(
                sorted.prefix(TroubleList.most).map { entry, members in
                    var entry = entry
                    entry.append("members", .array(members.sorted().map { .string($0) }))
                    return .object(entry)
                }
            )
        )
        joined.append("troubles_total", JSONValue(left + sorted.count))
        joined.append("troubles_critical", JSONValue(critical + sorted.count { Self.isCritical($0.entry) }))
        return joined
    }

    /// What makes two of them the same: what they are about, or what they say if that is the gateway.
    private static func key(of entry: JSONObject) -> [String?] {
        let subjects = Self.subjects.map { entry[$0]?.string }
        return [entry["kind"]?.string] + (subjects.contains { $0 != nil } ? subjects : [entry["text"]?.string])
    }

    private static func isCritical(_ entry: JSONObject) -> Bool { entry["severity"] == "critical" }

    /// The critical ones first, of these those that are about all, then the oldest.
    private static func isBefore(_ left: JSONObject, _ right: JSONObject) -> Bool {
        func rank(_ entry: JSONObject) -> (Int, Int, String) {
            let isAboutAll = !Self.subjects.contains { entry[$0] != nil }
            return (Self.isCritical(entry) ? 0 : 1, isAboutAll ? 0 : 1, entry["since"]?.string ?? "")
        }
        return rank(left) < rank(right)
    }
}
