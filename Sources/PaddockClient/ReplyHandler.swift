// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import PaddockBase

/// What became of a request.
package struct HTTPAnswer<Reader: ReplyReader>: Sendable {
    /// What it has of the reply.
    package let reader: Reader
    /// Why that is not all of it; nil if it is.
    package let failure: HTTPFailure?

    /// Makes an answer.
    package init(reader: Reader, failure: HTTPFailure?) {
        self.reader = reader
        self.failure = failure
    }
}

/// Sends requests one after the other and feeds their replies to readers.
final class ReplyHandler<Reader: ReplyReader>: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private struct Running {
        var reader: Reader
        let sent: ContinuousClock.Instant
        var timeout: Scheduled<Void>
        /// How long each piece may take; nil if the time holds for all.
        let patience: Duration?
        /// What is still to be sent.
        var rest: StreamedBody?
        let done: CheckedContinuation<HTTPAnswer<Reader>, Never>
        var isReusable = false
    }

    private var context: ChannelHandlerContext?
    private var running: Running?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.finish(.closed)
        self.context = nil
    }

    /// Sends a request; a connection that is closed answers at once.
    func send(
        _ request: HTTPRequest,
        authority: String,
        reader: Reader,
        timeout: Duration,
        done: CheckedContinuation<HTTPAnswer<Reader>, Never>
    ) {
        precondition(self.running == nil, "one request at a time")
        guard let context = self.context, context.channel.isActive else {
            return done.resume(returning: HTTPAnswer(reader: reader, failure: .closed))
        }
        let timer = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
            self.giveUp(.timedOut)
        }
        self.running = Running(
            reader: reader,
            sent: .now,
            timeout: timer,
            patience: request.isLong ? timeout : nil,
            rest: request.streamedBody,
            done: done
        )
        context.write(self.wrapOutboundOut(.head(request.head(authority: authority))), promise: nil)
        if let body = request.body {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        if request.streamedBody != nil { return self.sendRest(context) }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Sends as much of the body as the server takes now.
    private func sendRest(_ context: ChannelHandlerContext) {
        while let body = self.running?.rest, context.channel.isWritable {
            do throws(HTTPFailure) {
                guard let piece = try body.next() else {
                    self.running?.rest = nil
                    return context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
                }
                self.restartTimeout(context)
                context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(piece))), promise: nil)
            } catch {
                return self.giveUp(error)
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.sendRest(context) }
        context.fireChannelWritabilityChanged()
    }

    private func restartTimeout(_ context: ChannelHandlerContext) {
        guard let patience = self.running?.patience else { return }
        self.running?.timeout.cancel()
        self.running?.timeout = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(patience)) {
            self.giveUp(.timedOut)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.running != nil else { return }
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            guard head.status.code >= 200 else { return }
            self.running?.isReusable = head.isKeepAlive
            self.read { reader, time in reader.head(head, at: time) }
        case .body(let bytes):
            self.restartTimeout(context)
            var failure: HTTPFailure?
            self.read { reader, time in
                do throws(HTTPFailure) { try reader.body(bytes, at: time) } catch { failure = error }
            }
            if let failure { self.giveUp(failure) }
        case .end:
            let isReusable = self.running?.isReusable == true
            self.finish(nil)
            if !isReusable { context.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.finish(.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.invalidEOFState: self.giveUp(.closed)
        case is HTTPParserError: self.giveUp(.notHTTP)
        default: self.giveUp(.closed)
        }
    }

    private func read(_ event: (inout Reader, Duration) -> Void) {
        // Taken out meanwhile, so that the reader's bytes have one owner and are not copied.
        guard var running = self.running.take() else { return }
        event(&running.reader, ContinuousClock.now - running.sent)
        self.running = running
    }

    private func giveUp(_ failure: HTTPFailure) {
        self.finish(failure)
        self.context?.close(promise: nil)
    }

    private func finish(_ failure: HTTPFailure?) {
        guard var running = self.running else { return }
        self.running = nil
        running.timeout.cancel()
        running.reader.end(at: ContinuousClock.now - running.sent)
        running.done.resume(returning: HTTPAnswer(reader: running.reader, failure: failure))
    }
}
