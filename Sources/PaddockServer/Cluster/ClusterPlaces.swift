// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockCluster
internal import PaddockClusterAdmission
internal import PaddockJSON
internal import PaddockProxy

/// Asks the coordinator where requests are in the queue of all members, from whichever member.
struct ClusterPlaces: Sendable {
    /// The route, which only members have.
    static let route = "/cluster/places"
    /// How long the coordinator may take to answer.
    private static let patience = Duration.seconds(2)

    private let cluster: ClusterService
    private let members: ClusterMembers

    init(_ cluster: ClusterService, _ members: ClusterMembers) { (self.cluster, self.members) = (cluster, members) }

    /// What the coordinator answers; nil if it does not, or there is none.
    func ask(_ question: PlaceQuestion) async -> [JSONValue]? {
        guard let reading = self.cluster.reading, let leader = reading.leader else { return nil }
        let request = OwnRequest(method: "GET", path: Self.route, body: question.json.bytes)
        let member = MemberQuestion(.own, Self.route, request)
        let answer =
            leader == reading.me.id
            ? MemberAnswer(await self.members.reply(member))
            : await self.members.ask(member, of: leader, within: Self.patience)
        guard let answer, answer.status == 200 else { return nil }
        return (try? JSONValue(parsing: answer.body))?["places"]?.array
    }

    /// Where the requests of this member are that wait, in the order in which they would start, with their numbers.
    ///
    /// - Parameter count: how many are told of.
    func ofOwn(first count: Int) async -> [JSONValue]? {
        guard let me = self.cluster.reading?.me.id else { return nil }
        var search = PlaceSearch(limit: count)
        search.member = me
        return await self.ask(PlaceQuestion(search))
    }

    /// Where one request of this member is.
    func ofOwn(_ ticket: Ticket) async -> JSONValue? {
        guard let me = self.cluster.reading?.me.id else { return nil }
        var search = PlaceSearch(limit: 1)
        search.member = me
        return await self.ask(PlaceQuestion(search, number: ticket.number))?.first
    }
}
