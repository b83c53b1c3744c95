// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// Adds up what members of a cluster say of themselves, document by document.
///
/// Numbers are counts, and are added, unless ``rules`` says something else of their name. Lists of objects are joined by what names their
/// entries; entries that nothing names stand one behind the other, each with the name of its member.
enum MemberSum {
    /// How values of a name become one.
    private enum Rule {
        /// What the first member says: the coordinator.
        case first
        /// The largest.
        case largest
        /// The mean, by how many requests each member has served.
        case mean
        /// What the first member says, if that is a number: some of its clients are those of others, too.
        case firstNumber
    }

    private static let rules: [String: Rule] = [
        "parallel_limit": .first, "queue_limit": .first, "default_parallel": .first, "default_queue_limit": .first,
        "available_slots": .first, "queue_available": .first, "seconds": .first, "total_models": .largest,
        "fairness_by": .first, "residents": .first, "plan": .first, "loads": .first, "time_ms": .first, "slots": .first,
        "memory_bytes": .first, "max_loaded": .first, "until_ms": .first, "runners": .first, "weight": .first,
        "limit": .first, "learned_limit": .first, "cap": .first, "age_ms": .largest, "oldest_ms": .largest,
        "uptime_seconds": .largest, "share": .largest, "fair_share": .first, "eta_error_ms_p50": .first,
        "eta_error_ms_p90": .first, "clients": .firstNumber, "wait_ms_p50": .largest, "wait_ms_p90": .largest,
        "first_byte_ms_p50": .largest,
        "first_byte_ms_p90": .largest, "tokens_per_second_p50": .largest, "tokens_per_second_p90": .largest,
        "avg_wait_time_ms": .mean, "avg_processing_time_ms": .mean, "avg_first_byte_ms": .mean,
        "waiting_for_swap": .first, "swaps": .first, "loaded": .first, "models_waiting": .largest,
        "last_request": .largest, "key_last_used": .largest,
    ]
    /// The same for values of some objects.
    private static let rulesOfObjects: [String: [String: Rule]] = ["batch": ["share": .first]]
    /// What names the entries of lists.
    private static let names = [
        "url", "model", "client", "name", "day", "hour", "backend", "kind", "id", "key", "code",
    ]
    /// What a mean is weighted by.
    private static let weight = "total_processed"

    /// The sum of documents of members; nil if there are none.
    ///
    /// - Parameter documents: the names of the members, and what they say; first who is right if they differ.
    static func of(_ documents: [(member: String, value: JSONValue)]) -> JSONValue? {
        guard let first = documents.first else { return nil }
        var tagged = documents.map { Self.tagged($0.value, $0.member) }
        tagged.removeFirst()
        let sum = tagged.reduce(Self.tagged(first.value, first.member)) { Self.sum($0, $1) }
        guard var object = sum.object, let models = object["models"]?.object else { return sum }
        // Members may know different ones.
        object.members = object.members.map { field in
            field.key == "total_models"
                ? JSONObject.Member(key: field.key, value: JSONValue(models.members.count)) : field
        }
        return .object(object)
    }

    /// Two numbers as one: the larger one, or their sum; one of them if the other is null.
    static func of(_ left: JSONValue, _ right: JSONValue, isLargest: Bool) -> JSONValue {
        Self.one("", isLargest ? .largest : nil, left, right, (0, 0))
    }

    /// Entries of lists that are requests say whose they are.
    private static func tagged(_ value: JSONValue, _ member: String) -> JSONValue {
        guard var object = value.object, let requests = object["requests"]?.array else { return value }
        object.members = object.members.map { field in
            guard field.key == "requests" else { return field }
            let entries = requests.map { $0.said(by: member) }
            return JSONObject.Member(key: field.key, value: .array(entries))
        }
        return .object(object)
    }

    private static func sum(_ left: JSONValue, _ right: JSONValue) -> JSONValue {
        switch (left, right) {
        case (.object(let left), .object(let right)): .object(Self.sum(left, right))
        case (.array(let left), .array(let right)): .array(Self.sum(left, right))
        case (.number(let one), .number(let other)): Self.sum(one, other)
        case (.null, _): right
        default: left
        }
    }

    private static func sum(_ left: JSONNumber, _ right: JSONNumber) -> JSONValue {
        if let left = left.integer, let right = right.integer {
            let (sum, isTooLarge) = left.addingReportingOverflow(right)
            return JSONValue(isTooLarge ? (right < 0 ? .min : .max) : sum)
        }
        return JSONValue((left.double ?? 0) + (right.double ?? 0))
    }

    private static func sum(_ left: JSONObject, _ right: JSONObject, of name: String? = nil) -> JSONObject {
        var sum = JSONObject()
        var rest = Dictionary(right.members.map { ($0.key, $0.value) }) { $1 }
        let rules = name.flatMap { Self.rulesOfObjects[$0] }
        let weights = (left[Self.weight]?.double ?? 0, right[Self.weight]?.double ?? 0)
        for field in left.members {
            guard let other = rest.removeValue(forKey: field.key) else {
                sum.append(field.key, field.value)
                continue
            }
            let rule = rules?[field.key] ?? Self.rules[field.key]
            sum.append(field.key, Self.one(field.key, rule, field.value, other, weights))
        }
        for field in right.members where rest.removeValue(forKey: field.key) != nil {
            sum.append(field.key, field.value)
        }
        return sum
    }

    private static func one(
        _ key: String,
        _ rule: Rule?,
        _ left: JSONValue,
        _ right: JSONValue,
        _ weights: (Double, Double)
    ) -> JSONValue {
        switch rule {
        case nil:
            if let left = left.object, let right = right.object { return .object(Self.sum(left, right, of: key)) }
            return Self.sum(left, right)
        case .first: return left == .null ? right : left
        case .firstNumber: return left.double != nil ? left : Self.sum(left, right)
        case .largest:
            // Times as texts are in order, too.
            if let one = left.string, let other = right.string { return one >= other ? left : right }
            guard let one = left.double else { return left.string == nil ? right : left }
            return one >= right.double ?? one ? left : right
        case .mean:
            guard let one = left.double, let other = right.double, weights.0 + weights.1 > 0 else {
                return left == .null ? right : left
            }
            let mean = (one * weights.0 + other * weights.1) / (weights.0 + weights.1)
            return JSONValue((mean * 100).rounded() / 100)
        }
    }

    private static func sum(_ left: [JSONValue], _ right: [JSONValue]) -> [JSONValue] {
        var sum = left
        var places: [String: Int] = [:]
        // What is no object is there once.
        var others: Set<String> = []
        for (place, entry) in left.enumerated() {
            if let name = Self.name(of: entry) { places[name] = place }
            if entry.object == nil { others.insert(entry.text) }
        }
        for entry in right {
            if let name = Self.name(of: entry), let place = places[name] {
                sum[place] = Self.sum(sum[place], entry)
            } else if entry.object != nil || others.insert(entry.text).inserted {
                sum.append(entry)
            }
        }
        return sum
    }

    /// What names an entry; nil if nothing does, so that it is none of another member's.
    private static func name(of entry: JSONValue) -> String? {
        guard let object = entry.object, object["member"] == nil else { return nil }
        let parts = Self.names.compactMap { key in
            switch object[key] {
            case .string(let text)?: "\(key)=\(text)"
            case .number(let number)?: "\(key)=\(number.double ?? 0)"
            default: String?.none
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "\n")
    }
}

extension JSONValue {
    /// A number of something as another member tells it; of what cannot be one the nearest that can, so that any number of them can be added.
    var toldCount: Int { min(max(0, self.integer ?? 0), 1 << 53) }

    /// An entry of a list with the name of the member that it is of.
    func said(by member: String, as name: String = "member") -> JSONValue {
        guard var entry = self.object else { return self }
        entry.append(name, .string(member))
        return .object(entry)
    }
}
