// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockSockets

/// The connections of clients on one event loop: closes those that are idle for too long, and gives some away if there is too much
/// to do.
final class ClientConnections {
    /// How many connections are closed at once for being idle.
    private static let maxIdleClosed = 256
    /// How many connections are closed at once to make room for others.
    static let relief = 16
    /// How many connections are looked at in one turn: some 500 µs.
    private static let surveyedAtOnce = 512
    /// For so long a connection is not idle enough to make room for another.
    private static let leastIdle = Nanoseconds.seconds(1)

    private let loop: LoopContext
    /// In no order.
    private var connections: [ClientConnection] = []
    private let loads: LoopLoads
    /// Those of all event loops, this one included, in the order of their indices.
    var siblings: [NIOLoopBound<ClientConnections>] = []
    private var measured: (time: NIODeadline, used: TimeAmount)

    /// - Parameters:
    ///   - loop: the event loop's context.
    ///   - loads: how much each event loop has to do. Defaults to those of one loop.
    init(on loop: LoopContext, loads: LoopLoads = LoopLoads(count: 1)) {
        self.loop = loop
        self.loads = loads
        self.measured = (.now(), loop.eventLoop.processorTime())
        self.scheduleSweep()
    }

    /// Serves a client that has just connected, or that another loop gave away.
    func serve(_ socket: consuming ConnectedSocket) {
        do {
            let connection = try Connection(socket, on: self.loop.eventLoop, noticesEndWhilePaused: true)
            _ = ClientConnection(connection, among: self, on: self.loop)
        } catch {
            self.loop.gateway.clientPlaces.giveBack()
            self.loop.gateway.logger.error("a connection cannot be served", metadata: ["reason": "\(error)"])
        }
    }

    /// A client's connection is served here from now on.
    func add(_ connection: ClientConnection) {
        connection.place = self.connections.count
        self.connections.append(connection)
    }

    /// A client's connection is closed, or served elsewhere.
    func remove(_ connection: ClientConnection) {
        let last = self.connections.removeLast()
        guard last !== connection else { return }
        last.place = connection.place
        self.connections[connection.place] = last
    }

    /// What some of its connections do, only as many as keep the turn short.
    ///
    /// One that is closed meanwhile may hide another, as the last one takes its place.
    ///
    /// - Parameters:
    ///   - first: how many were looked at before.
    ///   - now: the time.
    /// - Returns: what they do, and how many have been looked at by now; `nil` if that is all.
    func survey(from first: Int, now: Instant) -> (part: ConnectionSurvey, next: Int?) {
        var part = ConnectionSurvey()
        let end = min(first + Self.surveyedAtOnce, self.connections.count)
        for connection in self.connections[min(first, end)..<end] { connection.add(to: &part, now: now) }
        return (part, end < self.connections.count ? end : nil)
    }

    private func scheduleSweep() {
        // For as long as there is the event loop, as is this.
        _ = self.loop.eventLoop.schedule(at: .now() + .seconds(1)) {
            self.closeIdle(now: .now())
            if self.loop.gateway.clientPlaces.isWanted { self.closeLongestIdle(now: .now()) }
            self.balance(now: .now())
            self.scheduleSweep()
        }
    }

    /// Closes the connections that have had no request for `idle_timeout`, only as many as keep the turn short.
    func closeIdle(now: Instant) {
        guard let timeout = self.loop.timeouts.idle else { return }
        let idle = self.connections.filter { connection in
            connection.idleSince.map { $0.advanced(by: timeout) <= now } ?? false
        }
        for connection in idle.prefix(Self.maxIdleClosed) { connection.close() }
    }

    /// Closes the connections that have been idle longest, as others wait for their places.
    func closeLongestIdle(now: Instant) {
        var idle = self.connections.compactMap { connection in
            connection.idleSince.map { (since: $0, connection: connection) }
        }
        // The request of one that has just connected is probably on its way.
        idle.removeAll { $0.since.advanced(by: Self.leastIdle) > now }
        idle.sort { $0.since < $1.since }
        for entry in idle.prefix(Self.relief) { entry.connection.close() }
    }

    /// Says how much there was to do, and gives connections away if it was too much.
    private func balance(now: NIODeadline) {
        let used = self.loop.eventLoop.processorTime()
        let (time, before) = self.measured
        self.measured = (now, used)
        guard self.siblings.count > 1, now > time else { return }
        self.loads.set(Int((used - before).nanoseconds * 1000 / (now - time).nanoseconds), of: self.loop.index)
        if let other = LoopPlacement.relief(of: self.loop.index, self.loads.all) {
            self.giveConnections(to: self.siblings[other])
        }
    }

    /// Gives one in a few of the connections to another loop, of those that are between two requests.
    func giveConnections(to other: NIOLoopBound<ClientConnections>) {
        var left = max(1, self.connections.count / LoopPlacement.share)
        for connection in self.connections where left > 0 {
            guard let socket = connection.giveAway() else { continue }
            left -= 1
            socket.move(to: other.eventLoop) { other.value.serve($0) }
        }
    }
}
