// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOConcurrencyHelpers
package import NIOCore
internal import NIOPosix
internal import PaddockBase
package import PaddockCluster
package import PaddockClusterLink
package import PaddockClusterStore

/// What keeps the requests of a member. All calls come on the thread of the node, one after the other.
package protocol ClusterDelegate: AnyObject, Sendable {
    /// The node is about to begin: messages go there.
    func attach(_ node: ClusterNode)

    /// From now on nothing starts on the member's own account. The slots that its requests hold then, and these requests as the delegate
    /// of the coordinator reads them.
    ///
    /// - Parameters:
    ///   - session: the number of the registration, which messages about requests carry from now on.
    ///   - coordinator: who gets it.
    func register(session: UInt64, with coordinator: MemberID) -> (held: [Place: Int], requests: ByteBuffer)

    /// Something is to be done, other than asking the store, sending a message or registering.
    ///
    /// - Parameters:
    ///   - action: what.
    ///   - requests: of a registration what ``register(session:with:)`` has given.
    ///   - machine: the machine after it.
    func perform(_ action: ClusterAction, requests: ByteBuffer, _ machine: borrowing ClusterMachine)

    /// A member has said something about requests: what its delegate has written, one thing after the other.
    ///
    /// - Returns: the session of a grant that was not carried out, as ``ClusterMachine/mayStart(session:now:)`` says; nil if there is none.
    /// - Throws: why the link has to end, if that cannot be read.
    func receive(_ words: ByteBuffer, from member: MemberID, _ machine: borrowing ClusterMachine) throws(LinkError)
        -> UInt64?

    /// A member asks something else than about requests. Not called on the thread of the node.
    ///
    /// - Returns: the answer, of at most ``ClusterNode/maxAnswer`` bytes; nil if there is none.
    func answer(_ question: [UInt8], from member: MemberIdentity) async -> [UInt8]?
}

/// A member of a cluster: runs a ``ClusterMachine`` on a thread of its own, with a store, and a link to each other member.
package final class ClusterNode: Sendable {
    /// Who a member is, and where.
    package struct Identity: Sendable {
        /// What the operator calls this member.
        package var name: String
        /// Where its link listens; port 0 for any free one.
        package var listen: StoreAddress.Host
        /// Where others reach it, as `host:port`, if that is another address; nil if not.
        package var advertised: String?
        /// The name of the cluster.
        package var cluster: String
        /// The secret; empty if links do not leave the machine.
        package var secret: [UInt8]

        /// Makes an identity.
        package init(name: String, listen: StoreAddress.Host, advertised: String?, cluster: String, secret: [UInt8]) {
            (self.name, self.listen, self.advertised) = (name, listen, advertised)
            (self.cluster, self.secret) = (cluster, secret)
        }
    }

    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop
    private let state: NIOLoopBound<NodeState>
    private let outbox: Outbox
    private let store: any ClusterStore
    /// This process in the cluster.
    package let me: MemberIdentity

    private init(
        _ group: MultiThreadedEventLoopGroup,
        _ loop: any EventLoop,
        _ state: NIOLoopBound<NodeState>,
        _ outbox: Outbox,
        _ store: any ClusterStore,
        me: MemberIdentity
    ) {
        (self.group, self.loop, self.state, self.outbox) = (group, loop, state, outbox)
        (self.store, self.me) = (store, me)
    }

    /// Listens for other members, and begins to be one.
    ///
    /// - Parameters:
    ///   - identity: who it is.
    ///   - options: the times.
    ///   - memory: what an earlier process of this installation has left.
    ///   - store: the store; closed by ``leave()``.
    ///   - delegate: keeps the requests; not retained.
    ///   - log: is told what happens, on the thread of the node.
    /// - Throws: what the system says if it cannot listen.
    package static func start(
        _ identity: Identity,
        _ options: ClusterOptions,
        memory: ClusterMachine.Memory = ClusterMachine.Memory(),
        store: any ClusterStore,
        delegate: any ClusterDelegate,
        log: @escaping @Sendable (Note) -> Void
    ) async throws -> ClusterNode {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let holder = NIOLockedValueBox<NIOLoopBound<NodeState>?>(nil)
        let listener = try await ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let state = holder.withLockedValue({ $0 })?.value else { return channel.close(promise: nil) }
                    try LinkChannel.prepare(channel, lease: options.lease)
                    let link = state.makeLink(.listening, to: nil)
                    try channel.pipeline.syncOperations.addHandler(link)
                }
            }
            .bind(host: identity.listen.name, port: identity.listen.port)
            .get()
        let port = listener.localAddress?.port ?? identity.listen.port
        let host = identity.listen.name.contains(":") ? "[\(identity.listen.name)]" : identity.listen.name
        let me = MemberIdentity(
            id: MemberID(UInt64.random(in: 1 ... .max)),
            name: identity.name,
            address: identity.advertised ?? "\(host):\(port)",
            hasBeenLed: false
        )
        let (state, outbox) = try await loop.submit {
            let machine = ClusterMachine(me, options, memory: memory, now: ClusterClock.now)
            let state = NodeState(machine, options, identity, store: store, on: loop, log: log)
            let bound = NIOLoopBound(state, eventLoop: loop)
            holder.withLockedValue { $0 = bound }
            return (bound, state.outbox)
        }.get()
        let node = ClusterNode(group, loop, state, outbox, store, me: me)
        delegate.attach(node)
        loop.execute { state.value.begin(listener, delegate: delegate) }
        return node
    }

    /// Says something about requests to a member; from any thread. What one thread says arrives in that order, or the link has ended.
    ///
    /// - Parameters:
    ///   - member: any member, this one included.
    ///   - isUrgent: whether it goes out at once, and not with the next thing that does or within 2 ms. Defaults to `true`.
    ///   - write: writes what is said.
    package func tell(_ member: MemberID, isUrgent: Bool = true, _ write: (inout LinkWriter) -> Void) {
        switch self.outbox.add(for: member, isUrgent: isUrgent, write) {
        case .nothing: break
        case .sendNow: self.loop.execute { self.state.value.sendTold() }
        case .sendSoon: self.loop.scheduleTask(in: Self.soon) { self.state.value.sendWhatWaits() }
        }
    }

    /// How long what is not urgent waits for something that is.
    private static let soon = TimeAmount.milliseconds(2)

    /// The most bytes of a question, and of an answer.
    package static var maxAnswer: Int { NodeMessage.maxBytes }

    /// Asks a member something else than about requests.
    ///
    /// - Parameters:
    ///   - question: at most ``maxAnswer`` bytes.
    ///   - member: another member.
    ///   - time: how long to wait.
    /// - Returns: the answer; nil if there was none in time, or no link.
    package func ask(_ question: [UInt8], of member: MemberID, within time: Duration) async -> [UInt8]? {
        let promise = self.loop.makePromise(of: [UInt8]?.self)
        self.loop.execute { self.state.value.ask(question, of: member, within: TimeAmount(time), promise) }
        return try? await promise.futureResult.get()
    }

    /// What there is to know now.
    package func reading() async throws -> Reading { try await self.loop.submit { self.state.value.reading }.get() }

    /// The process is to stop: others coordinate from now on. Requests go on.
    package func stop() { self.loop.execute { self.state.value.stop() } }

    /// Leaves the cluster, when no request is active any more.
    package func leave() async {
        _ = try? await self.loop.submit { self.state.value.leave() }.get()
        self.outbox.close()
        await self.store.close()
        try? await self.group.shutdownGracefully()
    }
}
