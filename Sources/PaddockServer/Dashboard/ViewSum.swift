// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// Makes one view of what members show (contract, section 27).
enum ViewSum {
    /// What a member shows.
    struct Part {
        let member: String
        let contents: ViewDocument.Contents
    }

    /// What each member says of itself, or of its machine, alone.
    private static let own: Set = ["version", "time", "status", "role", "memory"]
    /// Lists by numbers that grow with time, and how many are shown, of these new ones at once.
    private static let byNumber = [
        "ended": (most: DashboardLists.endedShown, atOnce: DashboardLists.endedAtOnce),
        "events": (most: DashboardLists.eventsShown, atOnce: DashboardLists.eventsShown),
    ]

    /// - Parameters:
    ///   - parts: what the members show; first the one that is right if they differ.
    ///   - own: what this one shows.
    ///   - shown: what is shown now; nil if that is nothing.
    static func of(_ parts: [Part], own: ViewDocument.Contents, shown: ViewDocument?) -> ViewDocument.Contents {
        var sum = ViewDocument.Contents()
        for field in own.members.members where !field.key.hasPrefix("troubles_") {
            let values = parts.compactMap { part in part.contents.members[field.key].map { (part.member, $0) } }
            switch field.key {
            case _ where Self.own.contains(field.key): sum.members.append(field.key, field.value)
            case "troubles":
                sum.members.members += MemberTroubles.joined(parts.map { ($0.member, $0.contents.members) }).members
            case "unserved": sum.members.append(field.key, Self.unserved(values))
            case "requests": sum.members.append(field.key, Self.requests(values))
            case "ended", "events":
                guard let (most, atOnce) = Self.byNumber[field.key] else { continue }
                let known = shown?.member(field.key)?.object?.valuesByKey
                let newest = Self.newest(
                    values,
                    // Events may be about a member.
                    as: field.key == "events" ? "gateway" : "member",
                    most: most,
                    atOnce: known == nil ? most : atOnce,
                    known ?? [:]
                )
                sum.members.append(field.key, newest)
            default: sum.members.append(field.key, MemberSum.of(values) ?? field.value)
            }
        }
        if own.models != nil { sum.models = Self.models(parts) }
        return sum
    }

    private static func models(_ parts: [Part]) -> [(name: String, entry: JSONValue)] {
        var names: [String] = []
        var entries: [String: [(member: String, value: JSONValue)]] = [:]
        for part in parts {
            for (name, entry) in part.contents.models ?? [] {
                if entries[name] == nil { names.append(name) }
                entries[name, default: []].append((part.member, entry))
            }
        }
        return names.compactMap { name in
            entries[name].flatMap { $0.count == 1 ? $0[0].value : MemberSum.of($0) }.map { (name, $0) }
        }
    }

    /// The models with the most requests that run or wait, of equals with the most at all.
    static func busiest(_ models: [(name: String, entry: JSONValue)]?, _ most: Int)
        -> [(name: String, entry: JSONValue)]?
    {
        func number(_ entry: JSONValue, _ keys: String...) -> Int {
            keys.reduce(0) { $0 + (entry[$1]?.toldCount ?? 0) }
        }
        return models.map { models in
            Array(
                models.map { model in
                    let load = number(model.entry, "active_requests", "queued_requests")
                    return (model: model, load: load, total: number(model.entry, "total_requests"))
                }
                .sorted { ($0.load, $0.total) > ($1.load, $1.total) }.prefix(most).map(\.model)
            )
        }
    }

    private static func unserved(_ values: [(member: String, value: JSONValue)]) -> JSONValue {
        let all = values.flatMap { member, value in (value.array ?? []).map { $0.said(by: member) } }
        let newest = all.sorted { $0["time"]?.integer ?? 0 > $1["time"]?.integer ?? 0 }
        return .array(Array(newest.prefix(DashboardReading.unservedInOverview)))
    }

    /// Those that run, and then those that wait by their places; of each member as many as it shows.
    private static func requests(_ values: [(member: String, value: JSONValue)]) -> JSONValue {
        var entries: [(id: String, entry: JSONValue)] = []
        var isListed = false
        for (member, value) in values {
            guard let order = value["order"]?.array, let byID = value["by_id"]?.object?.valuesByKey else { continue }
            isListed = true
            for id in order.compactMap(\.string) {
                if let entry = byID[id] { entries.append((id, entry.said(by: member))) }
            }
        }
        var sum = JSONObject()
        sum.append("total", JSONValue(values.reduce(0) { $0 + ($1.value["total"]?.toldCount ?? 0) }))
        guard isListed else { return .object(sum) }
        let places = entries.map { $0.entry["position"]?.integer ?? 0 }
        let order = entries.indices.sorted { (places[$0], $0) < (places[$1], $1) }.prefix(DashboardLists.requestsShown)
        var byID = JSONObject()
        for index in order { byID.append(entries[index].id, entries[index].entry) }
        sum.append("by_id", .object(byID))
        sum.append("order", .array(order.map { .string(entries[$0].id) }))
        return .object(sum)
    }

    /// The entries with the highest numbers. Two members may have given the same one.
    private static func newest(
        _ values: [(member: String, value: JSONValue)],
        as name: String,
        most: Int,
        atOnce: Int,
        _ known: [String: JSONValue]
    ) -> JSONValue {
        var entries: [(number: Int, entry: JSONValue)] = []
        for (member, value) in values {
            for field in value.object?.members ?? [] {
                guard let number = Int(field.key), (0...1 << 53).contains(number) else { continue }
                entries.append((number, field.value.said(by: member, as: name)))
            }
        }
        // As sorting is not stable.
        let order = entries.indices.sorted { (entries[$0].number, $0) < (entries[$1].number, $1) }
        var last = -1
        for index in order {
            last = max(entries[index].number, last + 1)
            entries[index].number = last
        }
        var room = atOnce
        var newest = JSONObject()
        for (number, entry) in order.reversed().prefix(most).map({ entries[$0] }) {
            if known[String(number)] == nil {
                guard room > 0 else { continue }
                room -= 1
            }
            newest.append(String(number), entry)
        }
        return .object(newest)
    }
}

extension ViewDocument.Contents {
    /// As it goes to other members.
    var json: JSONText {
        .object { json in
            json.member("members", JSONValue.object(self.members))
            guard let models = self.models else { return }
            json.object("models") { json in for (name, entry) in models { json.member(named: name, entry) } }
        }
    }

    /// Reads what another member has sent; nil if it is nothing of this version.
    init?(_ value: JSONValue) {
        guard let members = value["members"]?.object else { return nil }
        self.init()
        self.members = members
        self.models = value["models"]?.object?.members.map { ($0.key, $0.value) }
    }
}
