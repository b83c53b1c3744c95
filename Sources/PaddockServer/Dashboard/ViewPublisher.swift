// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

/// Gives the events of views to those who follow them. What several channels show is rendered once.
struct ViewPublisher {
    /// How many models the overview shows.
    static let overviewModels = 10

    private typealias Model = (snapshot: ModelSnapshot, limits: LimitSources.OfModel, entry: JSONValue)

    private let lists: DashboardLists
    private var documents: [DashboardChannel: ViewDocument] = [:]
    private var publishedAt: [DashboardChannel: Instant] = [:]
    /// The models as they were read last, and their entries.
    private var models: [ModelName: Model] = [:]
    private var ended: [String: JSONValue] = [:]

    /// - Parameter lists: the lists that views show.
    init(_ lists: DashboardLists) { self.lists = lists }

    /// Gives out the events that are due.
    ///
    /// - Parameters:
    ///   - reading: what there is now.
    ///   - feeds: who follows what.
    ///   - places: where requests are in the queue of all members of a cluster.
    ///   - now: the present instant.
    mutating func publish(
        _ reading: DashboardReading,
        to feeds: [DashboardChannel: EventFeed],
        places: [JSONValue],
        now: Instant
    ) {
        var isModelsRead = false
        for channel in DashboardChannel.all {
            guard let feed = feeds[channel] else { continue }
            guard feed.count > 0 else {
                self.documents[channel] = nil
                self.publishedAt[channel] = nil
                continue
            }
            guard self.isDue(channel, feed, now: now) else { continue }
            if !isModelsRead { self.readModels(reading) }
            isModelsRead = true
            self.publishedAt[channel] = now
            let contents = self.contents(of: channel, reading, places)
            var document = self.documents[channel] ?? ViewDocument()
            let change = document.advance(to: contents)
            self.documents[channel] = document
            feed.publish { part in
                switch part {
                case .change: DashboardReading.event("change", change)
                case .whole: DashboardReading.event("state", document.whole)
                }
            }
        }
    }

    /// Whether requests are listed for viewers in what is due now.
    func listsRequests(_ feeds: [DashboardChannel: EventFeed], now: Instant) -> Bool {
        let channel = DashboardChannel(view: .requests, isForViewers: true)
        guard let feed = feeds[channel], feed.count > 0 else { return false }
        return self.isDue(channel, feed, now: now)
    }

    private func isDue(_ channel: DashboardChannel, _ feed: EventFeed, now: Instant) -> Bool {
        // A tick may come a little early.
        let isDue = self.publishedAt[channel].map { now - $0 >= Nanoseconds(channel.view.interval * 0.9) } ?? true
        return isDue || feed.hasNewSubscriber
    }

    /// Renders the models that differ from the last reading.
    private mutating func readModels(_ reading: DashboardReading) {
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

    private mutating func contents(
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
            contents.models = self.entries(of: busiest.prefix(Self.overviewModels))
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
