// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// What has to be merged into an older value to get this one, as RFC 7386 says: objects are merged, everything else is replaced,
    /// and `null` removes a member. So a member that is null here is missing after the merge.
    ///
    /// - Parameter old: the older value.
    /// - Returns: nil if the two are equal.
    package func mergePatch(since old: JSONValue) -> JSONValue? {
        guard self != old else { return nil }
        guard case .object(let new) = self, case .object(let old) = old else { return self }
        let before = old.valuesByKey
        var patch = JSONObject()
        var names: Set<String> = []
        for member in new.members {
            names.insert(member.key)
            if let value = before[member.key] {
                if let part = member.value.mergePatch(since: value) { patch.append(member.key, part) }
            } else {
                patch.append(member.key, member.value)
            }
        }
        for member in old.members where !names.contains(member.key) { patch.append(member.key, .null) }
        return .object(patch)
    }

    /// This value with a patch merged into it, as RFC 7386 says.
    package func merging(_ patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var left = changes.valuesByKey
        var merged = JSONObject()
        for member in self.object?.members ?? [] {
            guard let change = left.removeValue(forKey: member.key) else {
                merged.members.append(member)
                continue
            }
            if change != .null { merged.append(member.key, member.value.merging(change)) }
        }
        for member in changes.members {
            guard let change = left.removeValue(forKey: member.key), change != .null else { continue }
            merged.append(member.key, JSONValue.null.merging(change))
        }
        return .object(merged)
    }
}

extension JSONObject {
    /// The members by name; of several with one name the last.
    package var valuesByKey: [String: JSONValue] {
        Dictionary(self.members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }
}
