// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockCluster
internal import PaddockClusterLink

/// A connection that only looks who listens at the address of a member: it reads what a listening side sends first, and sends nothing.
final class LinkProbe: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var handshake: LinkHandshake
    private let patience: TimeAmount
    private let found: (MemberID) -> Void
    private var timeout: Scheduled<Void>?

    /// - Parameters:
    ///   - handshake: what a connecting side would begin.
    ///   - patience: how long it waits; a process that hangs takes connections, too.
    ///   - found: is told which process listens there, if that says so.
    init(_ handshake: LinkHandshake, patience: TimeAmount, found: @escaping (MemberID) -> Void) {
        (self.handshake, self.patience, self.found) = (handshake, patience, found)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        self.timeout = context.eventLoop.assumeIsolated().scheduleTask(in: self.patience) {
            channel.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        do throws(LinkError) {
            guard try self.handshake.receive(&bytes) != nil else { return }
            if let claimed = self.handshake.claimed { self.found(claimed.id) }
        } catch {
            if error == .itself { self.found(self.handshake.me.id) }
        }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func handlerRemoved(context: ChannelHandlerContext) { self.timeout?.cancel() }
}
