// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockJSON

/// One list of the requests of all members, of what each of them says of its own and what the coordinator says of their places.
struct RequestPage {
    /// What a member says of its requests.
    struct Part {
        /// Its name, for the entries; nil if they are not to say it.
        var name: String?
        /// Its id, as in places.
        var id: String
        /// Its answer.
        var answer: JSONValue

        /// The answer of a member: how many there are, and those that are active, which come first, and those that wait, each with
        /// its number.
        static func json(total: Int, _ requests: [(number: UInt64, entry: JSONText)]) -> JSONText {
            .object { json in
                json.member("total", total)
                json.array("requests") { json in
                    for request in requests {
                        json.object { json in
                            json.member("number", Int(clamping: request.number))
                            json.member("entry", request.entry)
                        }
                    }
                }
            }
        }
    }

    private struct Key: Hashable {
        let member: String
        let number: Int
    }

    /// How many there are in all.
    private(set) var total = 0
    /// The active ones in the order of their start, then those that wait in the order of their places; last those whose place only their
    /// member knows.
    private(set) var requests: [JSONValue] = []

    /// - Parameters:
    ///   - parts: what members say.
    ///   - places: what the coordinator says, in its order.
    ///   - limit: how many are listed.
    init(_ parts: [Part], places: [JSONValue], limit: Int) {
        var order: [Key: Int] = [:]
        for (index, place) in places.enumerated() {
            guard let member = place["member"]?.string, let number = place["number"]?.integer else { continue }
            order[Key(member: member, number: number)] = index
        }
        var active: [(running: Double, entry: JSONValue)] = []
        var placed: [(index: Int, entry: JSONValue)] = []
        var own: [(model: String, position: Int, entry: JSONValue)] = []
        for part in parts {
            self.total += part.answer["total"]?.toldCount ?? 0
            for request in part.answer["requests"]?.array ?? [] {
                guard let number = request["number"]?.integer, var entry = request["entry"]?.object else { continue }
                if let name = part.name { entry.append("member", .string(name)) }
                if entry["state"]?.string == "active" {
                    active.append((entry["processing_ms"]?.double ?? 0, .object(entry)))
                } else if let index = order[Key(member: part.id, number: number)] {
                    placed.append((index, .object(Self.placed(entry, places[index]))))
                } else {
                    let (model, position) = (entry["model"]?.string ?? "", entry["position"]?.integer ?? 0)
                    own.append((model, position, .object(entry)))
                }
            }
        }
        active.sort { $0.running > $1.running }
        placed.sort { $0.index < $1.index }
        own.sort { ($0.model, $0.position) < ($1.model, $1.position) }
        self.requests = Array((active.map(\.entry) + placed.map(\.entry) + own.map(\.entry)).prefix(limit))
    }

    /// The entry of a request that waits, with its place in the queue of all members.
    static func placed(_ entry: JSONObject, _ place: JSONValue) -> JSONObject {
        var placed = entry
        placed.members = entry.members.map { field in
            if field.key == "position_in" { return JSONObject.Member(key: field.key, value: "cluster") }
            return place[field.key].map { JSONObject.Member(key: field.key, value: $0) } ?? field
        }
        // The place has a member of that name, too.
        if let member = entry["member"] {
            placed.members.removeAll { $0.key == "member" }
            placed.append("member", member)
        }
        return placed
    }

    /// Puts requests that have ended into one order, the last one first.
    ///
    /// - Parameters:
    ///   - requests: the entries, of each member in that order.
    ///   - limit: how many are listed.
    static func lastFirst(_ requests: [JSONValue], limit: Int) -> [JSONValue] {
        let ends = requests.map { entry -> Double in
            let arrived = entry["arrived"]?.string.flatMap { UnixTime.nanoseconds(rfc3339: $0) } ?? 0
            let lengths = ["waited_ms", "processing_ms"].reduce(0) { $0 + (entry[$1]?.double ?? 0) }
            return Double(arrived / 1_000_000) + lengths
        }
        // By their place if they ended at once, as sorting is not stable.
        let order = requests.indices.sorted { (ends[$0], -$0) > (ends[$1], -$1) }
        return order.prefix(limit).map { requests[$0] }
    }
}
