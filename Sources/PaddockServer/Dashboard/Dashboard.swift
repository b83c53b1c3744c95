// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
package import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockSystem
internal import Synchronization

/// The data of the page at `/dashboard`: the events that pages follow, and the history for their charts.
package final class Dashboard: Sendable {
    /// Requests a path from a backend; nil if it does not answer.
    package typealias Fetch = @Sendable (_ path: String, _ backend: BackendIndex) async -> [UInt8]?

    /// Between two events while nothing else asks for one.
    private static let eventInterval = Duration.seconds(1)
    /// Between two looks at whether an event of a view is due.
    private static let tickInterval = Duration.milliseconds(500)
    /// The least time between two events, however many pages open and close.
    private static let leastInterval = Duration.milliseconds(250)
    /// The time between two requests to a backend for its loaded models, while a page follows.
    private static let loadedInterval = Duration.seconds(5)

    /// The events of everything.
    private let feed: EventFeed
    /// The events of views.
    private let feeds: [DashboardChannel: EventFeed]
    /// The requests that were not served.
    package let unserved = RequestHistory.unserved()

    private let admission: AdmissionController
    /// Everything at one instant, as `/queue/stats` tells it.
    private let snapshot: @Sendable () -> AdmissionSnapshot
    /// What the other members of the cluster show; nil if there is none.
    private let members: MemberViews?
    private let backends: BackendNames
    private let limits: LimitOrigins
    private let memory: MemorySource
    private let troubles: TroubleWatch
    private let histories = Mutex((recent: LoadHistory(.quarterHour), day: LoadHistory(.day)))
    private let loaded = Mutex<[BackendIndex: [LoadedModel]]>([:])
    /// An event is due; several wishes are one.
    private let wishes: AsyncStream<Void>
    private let wish: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - admission: the queues and backends.
    ///   - cluster: the cluster that this gateway is a member of, and what its other members show; nil if there is none.
    ///   - backends: the URLs of the backends.
    ///   - limits: where the limits of models come from.
    ///   - memory: the source of memory readings.
    ///   - troubles: what is wrong.
    init(
        admission: AdmissionController,
        cluster: (service: ClusterService, views: MemberViews)?,
        backends: BackendNames,
        limits: LimitOrigins,
        memory: @escaping MemorySource,
        troubles: TroubleWatch
    ) {
        let (wishes, wish) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wishes = wishes
        self.wish = wish
        // Strangers take no places from viewers.
        let (strangers, viewers) = (SubscriberLimit(), SubscriberLimit())
        self.feed = EventFeed(within: strangers) { wish.yield() }
        self.feeds = Dictionary(
            uniqueKeysWithValues: DashboardChannel.all.map { channel in
                (channel, EventFeed(within: channel.isForViewers ? viewers : strangers) { wish.yield() })
            }
        )
        self.admission = admission
        self.snapshot = {
            let own = admission.snapshot(now: .now())
            return cluster?.service.placed(own) ?? own
        }
        self.members = cluster?.views
        self.members?.whenAnswered { wish.yield() }
        self.backends = backends
        self.limits = limits
        self.memory = memory
        self.troubles = troubles
        // Before the first request, or those of the first moment would be missing.
        self.record(endsLongStep: true)
    }

    /// How many clients follow.
    var subscribers: Int { self.feeds.values.reduce(self.feed.count) { $0 + $1.count } }

    /// The events of a view, or of everything.
    func feed(_ view: DashboardView?, for role: Role) -> EventFeed {
        guard let view else { return self.feed }
        return self.feeds[DashboardChannel(view: view, isForViewers: role >= .viewer)] ?? self.feed
    }

    /// Ends all streams: those who follow have to ask again whether they may.
    func restartFeeds() {
        for feed in self.feeds.values { feed.restart() }
        self.feed.restart()
    }

    /// Ends all streams and admits nobody any more.
    package func endFeeds() {
        for feed in self.feeds.values { feed.end() }
        self.feed.end()
    }

    /// What happened in the last minutes or hours. Not for an event loop: a step may just be being recorded.
    func loadHistory(_ range: LoadHistory.Range) -> LoadHistory {
        self.histories.withLock { range == .day ? $0.day : $0.recent }
    }

    /// Keeps the history, and gives out events while a page follows; until the task is cancelled.
    ///
    /// - Parameters:
    ///   - lists: the lists that views show.
    ///   - fetch: asks a backend.
    func run(_ lists: DashboardLists, fetch: @escaping Fetch) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.record() }
            group.addTask { await Self.repeatedly(every: Self.tickInterval) { self.wish.yield() } }
            group.addTask { await self.publish(lists) }
            group.addTask {
                await Self.repeatedly(every: Self.loadedInterval) { await self.askLoaded(fetch) }
            }
        }
    }

    private static func repeatedly(every interval: Duration, _ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
            try? await Task.sleep(for: interval)
        }
    }

    private func record() async {
        var steps = 0
        let stepsOfDay = LoadHistory.Range.day.intervalSeconds / LoadHistory.Range.quarterHour.intervalSeconds
        while (try? await Task.sleep(for: .seconds(LoadHistory.Range.quarterHour.intervalSeconds))) != nil {
            steps += 1
            self.record(endsLongStep: steps % stepsOfDay == 0)
        }
    }

    /// Ends a step of the last minutes, and perhaps one of the day.
    private func record(endsLongStep: Bool) {
        let snapshot = self.admission.snapshot(now: .now())
        let time = Int(WallClock.nanosecondsSince1970() / 1_000_000_000)
        self.histories.withLock {
            $0.recent.record(snapshot, time: time)
            if endsLongStep { $0.day.record(snapshot, time: time) }
        }
    }

    private func publish(_ lists: DashboardLists) async {
        var previous: (reading: DashboardReading, at: Instant)?
        var views = ViewPublisher(lists, self.members)
        for await _ in self.wishes {
            guard self.subscribers > 0 else {
                previous = nil
                views = ViewPublisher(lists, self.members)
                self.members?.forget()
                continue
            }
            let (reading, now) = (self.read(), Instant.now())
            let isListed = views.listsRequests(self.feeds, now: now)
            let places = isListed ? await lists.places?.ofOwn(first: DashboardLists.requestsShown) : nil
            var hasPublished = views.publish(reading, to: self.feeds, places: places ?? [], now: now)
            let isDue = previous.map { now - $0.at >= Nanoseconds(Self.eventInterval * 0.9) } ?? true
            if isDue || self.feed.hasNewSubscriber {
                self.publish(reading, since: previous?.reading)
                previous = (reading, now)
                hasPublished = hasPublished || self.feed.count > 0
            }
            guard hasPublished else { continue }
            try? await Task.sleep(for: Self.leastInterval)
        }
    }

    private func publish(_ reading: DashboardReading, since previous: DashboardReading?) {
        self.feed.publish { part in
            switch (part, previous) {
            case (.change, let previous?): reading.change(since: previous)
            case (.whole, _), (.change, nil): reading.whole
            }
        }
    }

    /// Everything, as of now.
    func read() -> DashboardReading {
        // A backend that joins has its URL right after its index.
        let admission = self.snapshot()
        return DashboardReading(
            time: Int(WallClock.nanosecondsSince1970() / 1_000_000),
            admission: admission,
            backends: self.backends.texts,
            limits: self.limits.sources,
            loaded: self.loaded.withLock { $0 },
            memory: self.memory(),
            troubles: self.troubles.troubles,
            unserved: self.unserved.reading
        )
    }

    private func askLoaded(_ fetch: @escaping Fetch) async {
        let states = self.admission.summary(now: .now()).backends
        await withDiscardingTaskGroup { group in
            for index in states.indices where states[index].isListed {
                group.addTask { await self.askLoaded(BackendIndex(index), fetch) }
            }
        }
    }

    private func askLoaded(_ backend: BackendIndex, _ fetch: Fetch) async {
        guard self.subscribers > 0 else { return }
        let list = await fetch("/api/ps", backend).flatMap(LoadedModel.list)
        self.loaded.withLock { $0[backend] = list }
        self.wish.yield()
    }
}
