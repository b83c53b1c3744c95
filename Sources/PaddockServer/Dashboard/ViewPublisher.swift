// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

/// Gives the events of views to those who follow them.
struct ViewPublisher {
    /// The time between two events in a cluster, whose other members are asked as often.
    private static let clusterInterval = MemberViews.interval

    private let members: MemberViews?
    private var renderer: ViewRenderer
    private var documents: [DashboardChannel: ViewDocument] = [:]
    private var publishedAt: [DashboardChannel: Instant] = [:]

    /// - Parameters:
    ///   - lists: the lists that views show.
    ///   - members: what the other members of the cluster show; nil if there is none.
    init(_ lists: DashboardLists, _ members: MemberViews?) {
        self.members = members
        self.renderer = ViewRenderer(
            lists,
            overviewModels: members == nil ? ViewRenderer.overviewModels : MemberViews.overviewModels
        )
    }

    /// Gives out the events that are due.
    ///
    /// - Parameters:
    ///   - reading: what there is now.
    ///   - feeds: who follows what.
    ///   - places: where requests are in the queue of all members of a cluster.
    ///   - now: the present instant.
    /// - Returns: whether there were any.
    mutating func publish(
        _ reading: DashboardReading,
        to feeds: [DashboardChannel: EventFeed],
        places: [JSONValue],
        now: Instant
    ) -> Bool {
        let followed = DashboardChannel.all.filter { feeds[$0].map { $0.count > 0 } ?? false }
        self.documents = self.documents.filter { followed.contains($0.key) }
        self.publishedAt = self.publishedAt.filter { followed.contains($0.key) }
        let due = followed.filter { self.isDue($0, now) }
        if !due.isEmpty { self.members?.ask(Set(followed), now: now) }
        let waits = self.members?.isExpected(now: now) ?? false
        var isRead = false
        for channel in followed {
            guard let feed = feeds[channel] else { continue }
            let isNew = feed.hasNewSubscriber && self.documents[channel] != nil
            guard isNew || due.contains(channel) && !waits else { continue }
            if !isRead { self.renderer.read(reading) }
            isRead = true
            self.publishedAt[channel] = now
            var contents = self.renderer.contents(of: channel, reading, places)
            if let members = self.members {
                contents = members.adding(to: contents, channel, time: reading.time, shown: self.documents[channel])
            }
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
        return isRead
    }

    /// Whether requests are listed for viewers in what is due now.
    func listsRequests(_ feeds: [DashboardChannel: EventFeed], now: Instant) -> Bool {
        let channel = DashboardChannel(view: .requests, isForViewers: true)
        guard let feed = feeds[channel], feed.count > 0 else { return false }
        return self.isDue(channel, now) || feed.hasNewSubscriber
    }

    private func isDue(_ channel: DashboardChannel, _ now: Instant) -> Bool {
        let own = channel.view.interval
        let interval = self.members == nil ? own : max(own, Self.clusterInterval)
        // A tick may come a little early.
        return self.publishedAt[channel].map { now - $0 >= Nanoseconds(interval * 0.9) } ?? true
    }
}
