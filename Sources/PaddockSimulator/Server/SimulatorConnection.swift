// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// One client connection: reads requests one after the other, writes replies.
///
/// `HTTPServerPipelineHandler` in front of it holds pipelined requests back until the reply before them is written.
final class SimulatorConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// Replies longer than this are chunked, as Go's server does.
    private static let maxSizedBody = 2_048

    private let engine: SimulatorEngine
    private var context: ChannelHandlerContext?
    /// The request that is being read or answered.
    private var head: HTTPRequestHead?
    private var target = RequestTarget("/")
    private var match = SimulatorRoute.Match.notFound
    private var body = ByteBuffer()
    private var isBodyTooLarge = false
    /// What the request's `Origin` is.
    private var access = CORSPolicy.Verdict.none
    /// The reply in the making, if it is not written in one go.
    var exchange: (any Exchange)?

    init(engine: SimulatorEngine) {
        self.engine = engine
    }

    // MARK: - Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        self.engine.opened(self)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.engine.closed(self)
        let exchange = self.exchange
        self.exchange = nil
        exchange?.cancel()
        context.fireChannelInactive()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.exchange?.writabilityChanged(isWritable: context.channel.isWritable)
        context.fireChannelWritabilityChanged()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError, self.exchange == nil else {
            context.close(promise: nil)
            return
        }
        // What came is no HTTP: nothing behind it on this connection can be trusted.
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")
        head.headers.add(name: "Connection", value: "close")
        self.head = head
        self.access = .none
        self.send(.text("400 Bad Request", status: .badRequest))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch Self.unwrapInboundIn(data) {
        case .head(let head): self.begin(head, context: context)
        case .body(let part): self.collect(part)
        case .end: self.dispatch()
        }
    }

    func close() {
        self.context?.close(promise: nil)
    }

    // MARK: - Requests

    private func begin(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
        self.head = head
        self.target = RequestTarget(head.uri)
        self.match = SimulatorRoute.match(head.method, target: self.target)
        self.body = ByteBuffer()
        self.isBodyTooLarge = false
        self.access = self.engine.cors.verdict(
            origin: head.headers.first(name: "Origin"),
            host: head.headers.first(name: "Host")
        )
        if head.version == .http1_1, head.headers[canonicalForm: "expect"].contains("100-continue") {
            let interim = HTTPResponseHead(version: .http1_1, status: .continue)
            context.writeAndFlush(Self.wrapOutboundOut(.head(interim)), promise: nil)
        }
    }

    private func collect(_ part: ByteBuffer) {
        guard case .route(let route) = self.match, !route.discardsBody, !self.isBodyTooLarge else { return }
        if self.body.readableBytes + part.readableBytes > self.engine.options.maxBodyBytes {
            self.isBodyTooLarge = true
            self.body = ByteBuffer()
        } else if self.body.readableBytes == 0 {
            self.body = part
        } else {
            self.body.writeImmutableBuffer(part)
        }
    }

    private func dispatch() {
        let body = self.body
        self.body = ByteBuffer()
        switch self.access {
        case .forbidden:
            self.send(HTTPReply(status: .forbidden))
            return
        case .allowed(let origin) where self.head?.method == .OPTIONS:
            self.send(HTTPReply(status: .noContent, headers: CORSPolicy.preflightHeaders(to: origin)))
            return
        case .allowed, .none: break
        }
        switch self.match {
        case .notFound:
            self.send(.text("404 page not found", status: .notFound))
        case .wrongMethod(let allowed):
            var reply = HTTPReply.text("405 method not allowed", status: .methodNotAllowed)
            reply.headers.append(("Allow", allowed.map(\.rawValue).joined(separator: ", ")))
            self.send(reply)
        case .route where self.isBodyTooLarge:
            let limit = self.engine.options.maxBodyBytes
            self.send(.text("413 body too large: at most \(limit) bytes", status: .payloadTooLarge))
        case .route(let route):
            do throws(RequestError) {
                try self.answer(route, body: body)
            } catch {
                self.send(.error(error, route.dialect))
            }
        }
    }

    private func answer(_ route: SimulatorRoute, body: ByteBuffer) throws(RequestError) {
        if let encoding = self.head?.headers.first(name: "Content-Encoding"), encoding != "identity",
            !route.discardsBody
        {
            throw RequestError(.unsupportedMediaType, "the simulator reads no \(encoding) bodies: send it as it is")
        }
        switch route {
        case .inference(let inference):
            let contentType = self.head?.headers.first(name: "Content-Type")
            try self.engine.infer(
                inference,
                target: self.target,
                contentType: contentType,
                body: body,
                connection: self
            )
        case .pull:
            try self.engine.pull(body, connection: self)
        default:
            self.send(try self.engine.answer(route, body: body))
        }
    }

    // MARK: - Replies

    /// Writes a reply in one piece.
    func send(_ reply: HTTPReply) {
        guard let context = self.context, let head = self.head else { return }
        var headers = self.headers(contentType: reply.contentType)
        for (name, value) in reply.headers { headers.add(name: name, value: value) }
        let length = reply.body.readableBytes
        if reply.status == .noContent {
            // Such a reply ends with its head and says nothing of a length (RFC 9110, section 8.6).
        } else if length <= Self.maxSizedBody || head.version != .http1_1 {
            headers.add(name: "Content-Length", value: String(length))
        } else if head.method == .HEAD {
            // Go says nothing of the length of a large body; to be well framed for `HEAD`, we do.
            headers.add(name: "Content-Length", value: String(length))
        } else {
            headers.add(name: "Transfer-Encoding", value: "chunked")
        }
        self.write(HTTPResponseHead(version: Self.version(head), status: reply.status, headers: headers), context)
        if length > 0, head.method != .HEAD {
            context.write(Self.wrapOutboundOut(.body(.byteBuffer(reply.body))), promise: nil)
        }
        self.finish(context, isFramed: true)
    }

    /// Writes the head of a stream. The first chunk flushes it.
    func beginStream(contentType: String) {
        guard let context = self.context, let head = self.head else { return }
        var headers = self.headers(contentType: contentType)
        if contentType == "text/event-stream" { headers.add(name: "Cache-Control", value: "no-cache") }
        if head.version == .http1_1 { headers.add(name: "Transfer-Encoding", value: "chunked") }
        self.write(HTTPResponseHead(version: Self.version(head), status: .ok, headers: headers), context)
    }

    func writeChunk(_ buffer: ByteBuffer) {
        self.context?.writeAndFlush(Self.wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
    }

    /// Writes the last event of a stream, and the end of its chunks with it or behind it, as the options say.
    func endStream(_ buffer: ByteBuffer) {
        guard let context = self.context else { return }
        guard self.engine.options.splitsEnd else {
            context.write(Self.wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
            self.endFraming()
            return
        }
        self.writeChunk(buffer)
        self.engine.eventLoop.assumeIsolated().scheduleTask(in: self.engine.options.endDelay) { self.endFraming() }
    }

    private func endFraming() {
        guard let context = self.context, let head = self.head else { return }
        self.finish(context, isFramed: head.version == .http1_1)
    }

    private func headers(contentType: String?) -> HTTPHeaders {
        var headers = HTTPHeaders()
        if let contentType { headers.add(name: "Content-Type", value: contentType) }
        headers.add(name: "X-Simulated", value: "paddock sim")
        headers.add(name: "Date", value: self.engine.clock.httpDate)
        if case .allowed(let origin) = self.access {
            for (name, value) in CORSPolicy.replyHeaders(to: origin) { headers.add(name: name, value: value) }
        }
        return headers
    }

    private func write(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        var head = head
        if let request = self.head {
            let hasEnd = head.headers.contains(name: "Content-Length") || head.status == .noContent
            let isFramed = hasEnd || request.version == .http1_1
            if !request.isKeepAlive || !isFramed {
                head.headers.add(name: "Connection", value: "close")
            } else if request.version != .http1_1 {
                head.headers.add(name: "Connection", value: "keep-alive")
            }
        }
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
    }

    /// - Parameter isFramed: Whether the client can tell where the reply ends without the connection being closed.
    private func finish(_ context: ChannelHandlerContext, isFramed: Bool) {
        let keepsConnection = isFramed && self.head?.isKeepAlive == true
        // The next request may be delivered while the end is written.
        self.exchange = nil
        if keepsConnection {
            context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
        } else {
            let loopBound = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in
                loopBound.value.close(promise: nil)
            }
        }
    }

    private static func version(_ head: HTTPRequestHead) -> HTTPVersion {
        head.version == .http1_1 ? .http1_1 : .http1_0
    }
}
