// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

/// Renders what channels show. What several channels show, and what has not changed, is rendered once.
struct ViewRenderer {
    /// How many models the overview shows.
    static let overviewModels = 10

    private typealias Model = (snapshot: ModelSnapshot, limits: LimitSources.OfModel, entry: JSONValue)

    private let lists: DashboardLists
    private let overviewModels: Int
    /// The models as they were read last, and their entries.
    private var models: [ModelName: Model] = [:]
    private var ended: [String: JSONValue] = [:]

    /// - Parameters:
    ///   - lists: the lists that views show.
    ///   - overviewModels: how many models are rendered for the overview. Defaults to those that it shows.
    init(_ lists: DashboardLists, overviewModels: Int = Self.overviewModels) {
        self.lists = lists
        self.overviewModels = overviewModels
    }

    /// Renders the models that differ from the last reading.
    mutating func read(_ reading: DashboardReading) {
        var models: [ModelName: Model] = [:]
        models.reserveCapacity(reading.admission.models.count)
        for snapshot in reading.admission.models {
            let limits = reading.limits[snapshot.name]
            if let known = self.models[snapshot.name], known.snapshot.equals(snapshot), known.limits == limits {
                models[snapshot.name] = known
                continue
            }
            var entry = JSONValue(of: snapshot.json(urls: reading.backends, nil, limits)).object ?? JSONObject()
            // It changes all the time, and says little.
            entry.members.removeAll { $0.key == "uptime_seconds" }
            models[snapshot.name] = (snapshot, limits, .object(entry))
        }
        self.models = models
    }

    /// What a channel shows of a reading, the models of which have been read.
    ///
    /// - Parameters:
    ///   - channel: the channel.
    ///   - reading: the reading.
    ///   - places: where requests are in the queue of all members of a cluster.
    mutating func contents(
        of channel: DashboardChannel,
        _ reading: DashboardReading,
        _ places: [JSONValue]
    ) -> ViewDocument.Contents {
        var contents = ViewDocument.Contents()
        contents.members = JSONValue(of: reading.head(of: channel)).object ?? JSONObject()
        switch channel.view {
        case .overview:
            let busiest = reading.admission.models.sorted {
                ($0.active + $0.queued, $0.lifetime.requests) > ($1.active + $1.queued, $1.lifetime.requests)
            }
            contents.models = self.entries(of: busiest.prefix(self.overviewModels))
        case .models:
            contents.models = self.entries(of: reading.admission.models[...])
        case .requests:
            let requests = self.lists.requests(isForViewers: channel.isForViewers, places: places)
            contents.members.append("requests", JSONValue(of: requests))
            if channel.isForViewers {
                let ended = self.lists.ended(known: self.ended)
                self.ended = ended.valuesByKey
                contents.members.append("ended", .object(ended))
            }
        case .events:
            contents.members.append("events", JSONValue(of: self.lists.events(isForViewers: channel.isForViewers)))
        case .fleet:
            let planned = Set(reading.admission.fleet.backends.compactMap { $0.plan?.model })
            contents.models = self.entries(of: reading.admission.models.filter { planned.contains($0.name) }[...])
        case .clients, .batches:
            break
        }
        return contents
    }

    private func entries(of models: ArraySlice<ModelSnapshot>) -> [(name: String, entry: JSONValue)] {
        models.compactMap { model in self.models[model.name].map { (model.name.description, $0.entry) } }
    }
}
