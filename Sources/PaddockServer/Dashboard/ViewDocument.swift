// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// What those who follow a channel have been told, and what to tell them next (contract section 17).
///
/// Many busy models change in more ways at once than fit into an event. So each event has all changes of what operators set, and of how many
/// requests run and wait. Of the other changes it has first those of models with changed settings, then those of the models that were
/// told last the longest ago.
struct ViewDocument: Sendable {
    /// The most bytes of an event for changes of models other than those of ``quick``.
    static let maxDetailBytes = 6_000
    /// What an operator sets of a model.
    private static let settings: Set = [
        "parallel_limit", "parallel_limit_from", "pinned", "queue_limit", "queue_limit_from",
    ]
    /// Told of each model in each event.
    private static let quick = Self.settings.union(["active_requests", "queued_requests"])

    /// What a channel shows at one instant.
    struct Contents {
        /// Everything but the models.
        var members = JSONObject()
        /// The models, without the time for which they have been up; nil if it does not show them.
        var models: [(name: String, entry: JSONValue)]?
    }

    private var members = JSONValue.object(JSONObject())
    private var models: [String: JSONValue] = [:]
    /// In which event a model was told as it was then.
    private var toldAt: [String: Int] = [:]
    private var number = 0

    /// Makes the document of a channel that nobody follows yet.
    init() {}

    /// Takes over what there is now, as far as it is told.
    ///
    /// - Returns: what has to be merged into what was told before.
    mutating func advance(to contents: Contents) -> JSONText {
        self.number += 1
        var patch = JSONValue.object(contents.members).mergePatch(since: self.members)?.object ?? JSONObject()
        self.members = .object(contents.members)
        let models = self.advance(to: contents.models ?? [])
        if !models.members.isEmpty { patch = Self.withModels(models, in: patch) }
        return JSONText(of: JSONValue.object(patch))
    }

    private mutating func advance(to entries: [(name: String, entry: JSONValue)]) -> JSONObject {
        var patch = JSONObject()
        var gone = self.models
        var changed: [(name: String, entry: JSONValue, change: JSONObject)] = []
        for (name, entry) in entries {
            let told = gone.removeValue(forKey: name)
            if let change = entry.mergePatch(since: told ?? .null)?.object { changed.append((name, entry, change)) }
        }
        for name in gone.keys {
            self.models[name] = nil
            self.toldAt[name] = nil
            patch.append(name, .null)
        }
        // Whoever has set something waits to see it.
        let orders = changed.map { name, _, change in
            change.members.contains { Self.settings.contains($0.key) } ? -1 : self.toldAt[name, default: 0]
        }
        changed = zip(orders, changed).sorted { $0.0 < $1.0 }.map(\.1)
        var room = Self.maxDetailBytes
        for (name, entry, change) in changed {
            // One that nobody knows yet is told whole, however many there are.
            let isKnown = self.models[name] != nil
            if isKnown, room <= 0 {
                var quick = JSONObject()
                quick.members = change.members.filter { Self.quick.contains($0.key) }
                if quick.members.isEmpty { continue }
                self.models[name] = self.models[name]?.merging(.object(quick))
                patch.append(name, .object(quick))
            } else {
                if isKnown { room -= JSONText(of: JSONValue.object(change)).bytes.count }
                self.models[name] = entry
                self.toldAt[name] = self.number
                patch.append(name, .object(change))
            }
        }
        return patch
    }

    /// What was told of a member that is not of the models; nil if there is none.
    func member(_ name: String) -> JSONValue? { self.members[name] }

    /// Everything that was told, for those who were told nothing yet.
    var whole: JSONText {
        let members = self.members.object ?? JSONObject()
        guard !self.models.isEmpty else { return JSONText(of: self.members) }
        var models = JSONObject()
        for (name, entry) in self.models.sorted(by: { $0.key < $1.key }) { models.append(name, entry) }
        return JSONText(of: JSONValue.object(Self.withModels(models, in: members)))
    }

    /// The models are where they are in the statistics.
    private static func withModels(_ models: JSONObject, in members: JSONObject) -> JSONObject {
        var stats = members["stats"]?.object ?? JSONObject()
        stats.append("models", .object(models))
        var members = members
        members.members.removeAll { $0.key == "stats" }
        members.append("stats", .object(stats))
        return members
    }
}
