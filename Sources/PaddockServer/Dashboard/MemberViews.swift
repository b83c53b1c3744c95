// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockCluster
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockSystem
internal import Synchronization

/// What the other members of a cluster show on the dashboard, as they said it last (contract, section 27).
///
/// All who look share the questions. Nobody waits for an answer: a member that hangs is shown as it was, and others as they are.
final class MemberViews: Sendable {
    /// The route by which members tell each other.
    static let path = "/cluster/views"
    /// The least time between two questions to a member for the same views.
    static let interval = Duration.seconds(1)
    /// How many models a member tells others for the overview: what is busiest of all may be little of each.
    static let overviewModels = 100
    /// After so long without an answer a member counts as one that does not answer.
    private static let freshness = 3_000
    /// How long an event waits for the answers of others, so that all say what was at one instant.
    private static let briefPatience = Nanoseconds(.milliseconds(400))

    private struct Member {
        /// What it shows, and when it said so, in milliseconds since 1970.
        var views: [DashboardChannel: (contents: ViewDocument.Contents, time: Int)] = [:]
        /// The last question: what for, and when.
        var question: (channels: Set<DashboardChannel>, at: Instant)?
        /// Whether it is still open.
        var isAsked = false

        /// Whether to ask it now.
        func isDue(_ channels: Set<DashboardChannel>, now: Instant) -> Bool {
            guard let question = self.question else { return true }
            // A tick may come a little early.
            let isTime = now - question.at >= Nanoseconds(MemberViews.interval * 0.9)
            return !self.isAsked && (isTime || !channels.isSubset(of: question.channels))
        }
    }

    private let service: ClusterService
    private let members: ClusterMembers
    private let state = Mutex<[MemberID: Member]>([:])
    /// Called with each answer.
    private let onAnswer = Mutex<@Sendable () -> Void>({})

    init(_ service: ClusterService, _ members: ClusterMembers) {
        (self.service, self.members) = (service, members)
    }

    /// Nobody looks any more: what the others have said will be old when somebody does again.
    func forget() { self.state.withLock { $0 = [:] } }

    /// Calls something with each answer, so that it is shown at once.
    func whenAnswered(_ action: @escaping @Sendable () -> Void) { self.onAnswer.withLock { $0 = action } }

    /// Asks the others what they show, if it is time: each has one question at a time.
    ///
    /// - Parameter channels: what somebody looks at.
    func ask(_ channels: Set<DashboardChannel>, now: Instant) {
        guard let reading = self.service.reading else { return }
        let known = Set(reading.members.map(\.id))
        let due = self.state.withLock { members in
            members = members.filter { known.contains($0.key) }
            // What nobody looks at any more is old when somebody does again.
            members = members.mapValues { member in
                var member = member
                member.views = member.views.filter { channels.contains($0.key) }
                return member
            }
            return reading.linked.map(\.id).filter { id in
                var member = members[id] ?? Member()
                guard member.isDue(channels, now: now) else { return false }
                (member.question, member.isAsked) = ((channels, now), true)
                members[id] = member
                return true
            }
        }
        for id in due { Task { await self.ask(channels, of: id) } }
    }

    private func ask(_ channels: Set<DashboardChannel>, of id: MemberID) async {
        let names = channels.map(\.name).sorted().joined(separator: ",")
        var request = OwnRequest(method: "GET", path: Self.path, query: "channels=\(names)")
        request.role = .viewer
        let answer = await self.members.ask(MemberQuestion(.own, Self.path, request), of: id)
        let views = answer.flatMap { $0.status == 200 ? try? JSONValue(parsing: $0.body) : nil }
        let time = Int(WallClock.nanosecondsSince1970() / 1_000_000)
        self.state.withLock { members in
            members[id]?.isAsked = false
            for channel in channels {
                guard let contents = views?[channel.name].flatMap(ViewDocument.Contents.init) else { continue }
                members[id]?.views[channel] = (contents, time)
            }
        }
        self.onAnswer.withLock { $0 }()
    }

    /// Whether others will answer in a moment, as far as one can tell.
    func isExpected(now: Instant) -> Bool {
        self.state.withLock { members in
            members.contains { id, member in
                guard member.isAsked, let question = member.question, !self.members.isSilent(id, now: now) else {
                    return false
                }
                return now - question.at < Self.briefPatience
            }
        }
    }

    /// What all members show.
    ///
    /// - Parameters:
    ///   - own: what this member shows.
    ///   - channel: on which channel.
    ///   - time: when, in milliseconds since 1970.
    ///   - shown: what is shown now; nil if that is nothing.
    func adding(to own: ViewDocument.Contents, _ channel: DashboardChannel, time: Int, shown: ViewDocument?)
        -> ViewDocument.Contents
    {
        guard let reading = self.service.reading else { return own }
        let views = self.state.withLock { members in members.compactMapValues { $0.views[channel] } }
        var answered = [reading.me.name]
        var missing: [String] = []
        var lastKnown = JSONObject()
        var parts = [ViewSum.Part(member: reading.me.name, contents: own)]
        for member in reading.members.dropFirst().sorted(by: { ($0.name, $0.id) < ($1.name, $1.id) }) {
            let view = views[member.id]
            if let view, time - view.time <= Self.freshness {
                answered.append(member.name)
            } else {
                missing.append(member.name)
                if let view { lastKnown.append(member.name, JSONValue(view.time)) }
            }
            if let view { parts.append(ViewSum.Part(member: member.name, contents: view.contents)) }
            // What only one can say, the coordinator says.
            if view != nil, member.id == reading.leader { parts.swapAt(0, parts.count - 1) }
        }
        var sum = ViewSum.of(parts, own: own, shown: shown)
        sum.models = channel.view == .overview ? ViewSum.busiest(sum.models, ViewRenderer.overviewModels) : sum.models
        let members: JSONValue = [
            "answered": .array(answered.sorted().map { .string($0) }), "missing": .array(missing.map { .string($0) }),
            "last_known": .object(lastKnown),
        ]
        sum.members.append("members", members)
        return sum
    }
}
