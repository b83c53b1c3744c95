// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// Answers of ours: errors and own routes.
extension ClientHandler {
    /// Up to so many bytes a body is put behind its head, into one piece.
    private static let copiedBytes = 4096

    /// Answers a request that gets no slot.
    func answer(_ rejection: Rejection) {
        self.answer(ErrorReply(rejection, model: self.request.model?.description))
    }

    /// What a failure of the current request is told with.
    var failureContext: FailureContext {
        let isSent = self.machine.phase != .waiting
        return FailureContext(
            model: self.request.model?.description,
            phase: self.machine.phase,
            timeout: self.machine.timeout,
            isTimeoutStated: self.machine.isTimeoutStated,
            waited: self.request.waited ?? .zero,
            atBackend: isSent ? self.request.started?.duration(to: .now()) : nil,
            bytesIn: self.request.bytesIn
        )
    }

    /// Answers with an error in the dialect of the route.
    func answer(_ error: ErrorReply) {
        let error = self.request.crossOrigin == .refusedPreflight ? Self.refusedPreflight : error
        self.answer(OwnReply(error, self.request.dialect))
    }

    /// Answers, and goes on with the next request where the connection can be kept.
    func answer(_ reply: OwnReply) {
        if let feed = reply.feed { return self.answer(reply, following: feed) }
        self.giveBackBody()
        if self.request.id.isEmpty { self.request.id = self.loop.nextRequestID() }
        let isWholeRequest = self.discardReceivedBody()
        let keepsConnection =
            self.request.keepsConnection && isWholeRequest && !self.gateway.isDraining
            && !self.gateway.clientPlaces.isWanted
        self.request.closesAfterReply = !keepsConnection
        self.machine.answering()

        let length = reply.bytes.readableBytes
        // A long body is shared with others who get it, and so not copied.
        let isCopied = length <= Self.copiedBytes
        // 204 has no body, nor a length of one (RFC 9110 §8.6).
        let framing = reply.status == 204 ? "" : "Content-Length: \(length)\r\n"
        var bytes = self.head(of: reply, framing: framing, bodyBytes: isCopied ? length : 0)
        if isCopied, !self.request.isHead { bytes.writeImmutableBuffer(reply.bytes) }
        self.write(bytes)
        if !isCopied, !self.request.isHead { self.write(reply.bytes) }
        self.recordAnswer(reply)

        if keepsConnection {
            self.machine.replyEnded(now: .now())
            self.connection.flush()
        } else {
            self.closeAfterFlush(lingers: !isWholeRequest)
        }
        self.exchangeEnded()
        self.request = ClientRequest()
        self.readInbound()
    }

    /// The head of an answer of ours.
    ///
    /// - Parameters:
    ///   - reply: the answer.
    ///   - framing: the field that says how its body is framed, with its line break; empty where it ends with the connection.
    ///   - bodyBytes: room for the body behind it.
    func head(of reply: OwnReply, framing: String, bodyBytes: Int = 0) -> ByteBuffer {
        let fieldBytes = reply.fields.reduce(0) { $0 + $1.0.utf8.count + $1.1.utf8.count + 4 }
        // What was joined of backends' answers may say so itself.
        let crossOrigin = reply.saysAllowedOrigin ? .none : self.request.crossOrigin
        let isReadable = crossOrigin != .none || reply.saysAllowedOrigin
        let crossOriginBytes = isReadable ? self.origin.count + CrossOriginFields.bytes : 0
        let headBytes =
            fieldBytes + crossOriginBytes + reply.contentType.utf8.count + self.request.id.utf8.count
            + Self.additionBytes
        var bytes = self.loop.allocator.buffer(capacity: headBytes + bodyBytes)
        bytes.writeHead(atMost: headBytes) { writer in
            self.writeStatusVersion(&writer)
            writer.write(decimal: reply.status)
            writer.write(" ")
            writer.write(text: Self.reason(reply.status))
            writer.write("\r\n")
            if !reply.contentType.isEmpty {
                writer.write("Content-Type: ")
                writer.write(text: reply.contentType)
                writer.write("\r\n")
            }
            writer.write(text: framing)
            writer.write(text: self.loop.dateLine())
            for (name, value) in reply.fields {
                writer.write(text: name)
                writer.write(": ")
                writer.write(text: value)
                writer.write("\r\n")
            }
            writer.writeCrossOrigin(crossOrigin, origin: self.origin)
            if reply.saysAllowedOrigin { writer.write(CrossOriginFields.exposed) }
            self.writeAdditions(&writer)
        }
        return bytes
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 204: "No Content"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 431: "Request Header Fields Too Large"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Error"
        }
    }
}
