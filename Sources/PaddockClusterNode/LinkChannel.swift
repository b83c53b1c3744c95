// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import PaddockBase
internal import PaddockCluster
internal import PaddockClusterLink
internal import PaddockSystem

/// One connection between two members: its handshake, then batches of messages.
final class LinkChannel: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Who is told; on the thread of the connection.
    struct Events {
        /// The handshake is over.
        var opened: (LinkChannel, MemberIdentity) -> Void
        /// A batch of messages has come.
        var received: (LinkChannel, ByteBuffer) -> Void
        /// The connection is over: why, if it was not just closed.
        var closed: (LinkChannel, LinkError?) -> Void
    }

    private enum Phase {
        case shaking(LinkHandshake, timeout: Scheduled<Void>?)
        /// With ``framing``, which would be copied for each batch if it were in here.
        case open
        case closed
    }

    /// The most bytes that wait for a member that does not read; more end the link.
    private static let maxUnsent = 16 << 20
    private static let handshakeTime = TimeAmount.seconds(5)

    /// Who is on the other side, once that is known.
    private(set) var peer: MemberIdentity?
    private var phase: Phase
    private var framing: LinkFraming?
    private let events: Events
    private var context: ChannelHandlerContext?
    private var failure: LinkError?
    /// What is sent at the end of the turn.
    private var pending = LinkWriter()

    init(_ handshake: LinkHandshake, _ events: Events) {
        self.phase = .shaking(handshake, timeout: nil)
        self.events = events
    }

    /// Sets what the system has to know about the connection.
    ///
    /// - What is not acknowledged for two leases ends it. After a link was cut the system would try again in pauses that double, when both
    ///   sides have been in reach of each other for long.
    /// - A link on which nothing is sent, as between two that do not coordinate, is tried once in a lease: the other process may have ended
    ///   while nothing of that came through.
    static func prepare(_ channel: any Channel, lease: Nanoseconds) throws {
        let seconds = ChannelOptions.Types.SocketOption.Value(max(1, lease.milliseconds / 1_000))
        let pause = Self.tcpOption(TCP_KEEPINTVL)
        #if os(Linux)
        let (silence, patience) = (Self.tcpOption(TCP_KEEPIDLE), Self.tcpOption(TCP_USER_TIMEOUT))
        try channel.syncOptions?.setOption(patience, value: .init(lease.milliseconds * 2))
        #else
        let silence = Self.tcpOption(TCP_KEEPALIVE)
        #endif
        try channel.syncOptions?.setOption(.socketOption(.so_keepalive), value: 1)
        try channel.syncOptions?.setOption(silence, value: seconds)
        try channel.syncOptions?.setOption(pause, value: seconds)
    }

    private static func tcpOption(_ name: CInt) -> ChannelOptions.Types.SocketOption {
        ChannelOptions.Types.SocketOption(level: .tcp, name: .init(rawValue: name))
    }

    // MARK: - Sending

    /// Sends a message with whatever else is sent in this turn.
    func send(_ message: NodeMessage) {
        guard case .open = self.phase, let context = self.context else { return }
        let length = self.pending.buffer.readableBytes
        message.write(to: &self.pending)
        if length == 0 {
            context.eventLoop.assumeIsolated().execute { self.flush() }
        } else if self.pending.buffer.readableBytes > LinkFraming.maxBytes {
            let parts = self.pending.split(after: length)
            self.pending = LinkWriter(parts[0])
            self.flush()
            self.pending = LinkWriter(parts[1])
        }
    }

    /// Sends now what would be sent at the end of the turn.
    func flush() {
        guard self.pending.buffer.readableBytes > 0, let context = self.context,
            let batch = self.framing?.batch(self.pending.buffer)
        else { return }
        self.pending = LinkWriter()
        context.writeAndFlush(self.wrapOutboundOut(batch), promise: nil)
        if !context.channel.isWritable,
            let unsent = try? context.channel.syncOptions?.getOption(.bufferedWritableBytes), unsent > Self.maxUnsent
        {
            self.close()
        }
    }

    /// Closes the connection.
    func close() { self.context?.close(promise: nil) }

    // MARK: - The connection

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.begin(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        self.begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard case .shaking(let handshake, nil) = self.phase else { return }
        let timeout = context.eventLoop.assumeIsolated().scheduleTask(in: Self.handshakeTime) { self.fail(.silent) }
        self.phase = .shaking(handshake, timeout: timeout)
        context.writeAndFlush(self.wrapOutboundOut(handshake.opening), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        do throws(LinkError) {
            switch self.phase {
            case .shaking(var handshake, let timeout):
                while let step = try handshake.receive(&bytes) {
                    switch step {
                    case .send(let answer): context.writeAndFlush(self.wrapOutboundOut(answer), promise: nil)
                    case .agreed(let agreement, let rest):
                        timeout?.cancel()
                        self.peer = agreement.peer
                        (self.phase, self.framing) = (.open, LinkFraming(agreement, rest: rest))
                        self.events.opened(self, agreement.peer)
                        return try self.readBatches()
                    }
                }
                self.phase = .shaking(handshake, timeout: timeout)
            case .open:
                self.framing?.receive(&bytes)
                try self.readBatches()
            case .closed: break
            }
        } catch {
            self.fail(error)
        }
    }

    private func readBatches() throws(LinkError) {
        while case .open = self.phase, let batch = try self.framing?.next() { self.events.received(self, batch) }
    }

    /// Ends the link because of what the other side has sent.
    func fail(_ error: LinkError) {
        self.failure = self.failure ?? error
        self.close()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .shaking(_, let timeout) = self.phase { timeout?.cancel() }
        (self.phase, self.framing) = (.closed, nil)
        self.events.closed(self, self.failure)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
