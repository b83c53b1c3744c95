// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import PaddockCluster
internal import PaddockSystem

/// A connection to a Redis server: commands are sent as they come, and answered in that order.
struct RedisConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<RedisHandler>

    /// Connects.
    static func open(_ host: StoreAddress.Host, timeout: Duration) async throws(StoreFailure) -> RedisConnection {
        do {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeout))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            let (channel, handler) = try await bootstrap.connect(host: host.name, port: host.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = RedisHandler()
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
                }
            }
            return RedisConnection(channel: channel, handler: handler)
        } catch {
            throw .unreachable(Self.reason(error))
        }
    }

    /// Whether it is still open.
    var isActive: Bool { self.channel.isActive }

    /// Sends a command and waits for its answer. After a failure the connection is closed.
    ///
    /// - Parameters:
    ///   - words: the command and its arguments.
    ///   - timeout: how long the answer may take.
    func send(_ words: [String], timeout: Duration) async throws(StoreFailure) -> RESPValue {
        let result: Result<RESPValue, StoreFailure> = await withCheckedContinuation { done in
            self.channel.eventLoop.execute { self.handler.value.send(words, timeout: timeout, done: done) }
        }
        return try result.get()
    }

    /// Closes the connection; what waits for an answer fails.
    func close() { self.channel.close(promise: nil) }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return self.reason(first.error) }
            return "its name cannot be resolved"
        case let error as IOError: return SystemError(code: error.errnoCode).description.lowercased()
        case ChannelError.connectTimeout: return "no answer in time"
        default: return String("\(error)".prefix(100))
        }
    }
}

/// Writes commands, reads answers.
final class RedisHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    typealias Answer = CheckedContinuation<Result<RESPValue, StoreFailure>, Never>

    private struct Running {
        let done: Answer
        let timeout: Scheduled<Void>
    }

    private var context: ChannelHandlerContext?
    private var buffer = ByteBuffer()
    private var reader = RESPReader()
    private var running: CircularBuffer<Running> = []

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.fail(.closed)
    }

    func send(_ words: [String], timeout: Duration, done: Answer) {
        guard let context = self.context, context.channel.isActive else {
            return done.resume(returning: .failure(.closed))
        }
        let timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) { self.giveUp(.timedOut) }
        self.running.append(Running(done: done, timeout: timer))
        var bytes = context.channel.allocator.buffer(capacity: 64 + words.reduce(0) { $0 + $1.utf8.count + 16 })
        bytes.writeString("*\(words.count)\r\n")
        for word in words { bytes.writeString("$\(word.utf8.count)\r\n\(word)\r\n") }
        context.writeAndFlush(self.wrapOutboundOut(bytes), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        self.buffer.writeBuffer(&bytes)
        do throws(RESPError) {
            while let value = try self.reader.next(from: &self.buffer) {
                guard let first = self.running.popFirst() else {
                    return self.giveUp(.notUnderstood("an answer without a question"))
                }
                first.timeout.cancel()
                first.done.resume(returning: .success(value))
            }
            self.buffer.discardReadBytes()
        } catch {
            self.giveUp(.notUnderstood(error.text))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.fail(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { self.giveUp(.closed) }

    private func giveUp(_ failure: StoreFailure) {
        self.fail(failure)
        self.context?.close(promise: nil)
    }

    private func fail(_ failure: StoreFailure) {
        while let next = self.running.popFirst() {
            next.timeout.cancel()
            next.done.resume(returning: .failure(failure))
        }
    }
}
