// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP

/// Requests that go straight through, and what comes of a body whose request is already with a backend.
extension ClientHandler {
    /// Sends a request on at once, without a slot.
    func passThrough(
        _ head: MessageHead,
        _ bytes: Span<UInt8>,
        _ target: RequestTarget,
        _ framing: BodyFraming,
        freshID: String?
    ) {
        guard !self.gateway.isDraining else {
            return self.answer(
                ErrorReply(503, "shutting_down", "Paddock is shutting down; retry in 1 s", retryAfter: 1)
            )
        }
        self.forward = ForwardedRequest(
            head,
            bytes,
            target: target.pathAndQuery,
            requestID: freshID,
            body: framing == .chunked ? .chunked : .asItCame,
            bodyHint: 0,
            dropsExpect: false,
            dropsAuthorization: self.request.carriesAdminToken,
            hostLineBytes: self.gateway.hostLineBytes,
            allocator: self.loop.allocator
        )
        guard let count = self.forward?.headBytes, self.gateway.takeBytes(count) else { return self.rejectForMemory() }
        self.heldBytes = count
        self.uploadsChunks = framing == .chunked
        self.triedBackends = 1
        self.machine.headEnded(.passesThrough)
        self.request.started = .now()
        self.connect(to: self.gateway.admission.chooseBackendForPassThrough())
    }

    /// Passes on what has come of a body whose request is already with a backend.
    func passBodyOn() {
        guard let backend = self.backend, !self.body.hasEnded else { return }
        let bytes = self.inbound
        var index = 0
        do throws(HeadProblem) {
            loop: while true {
                switch try self.body.next(bytes.readableBytesUInt8Span, from: &index) {
                case .data(let range):
                    guard let piece = bytes.getSlice(at: bytes.readerIndex + range.lowerBound, length: range.count)
                    else {
                        break loop
                    }
                    self.write(piece, to: backend)
                case .needsMore:
                    break loop
                case .end:
                    if self.uploadsChunks {
                        var last = self.loop.allocator.buffer(capacity: 8)
                        last.writeStaticString("0\r\n\r\n")
                        backend.write(last)
                    }
                    break loop
                }
            }
            self.inbound.moveReaderIndex(forwardBy: index)
            backend.flush()
        } catch {
            self.backendBodyBroke(error)
        }
    }

    private func write(_ piece: ByteBuffer, to backend: BackendHandler) {
        self.request.bytesIn += piece.readableBytes
        guard self.uploadsChunks else { return backend.write(piece) }
        var size = self.loop.allocator.buffer(capacity: 18)
        size.writeString(String(piece.readableBytes, radix: 16))
        size.writeStaticString("\r\n")
        backend.write(size)
        backend.write(piece)
        var end = self.loop.allocator.buffer(capacity: 2)
        end.writeStaticString("\r\n")
        backend.write(end)
    }

    /// The client broke the framing of a body that is on its way to a backend: the backend must not take it for whole.
    private func backendBodyBroke(_ problem: HeadProblem) {
        let backend = self.backend
        self.backend = nil
        backend?.close()
        if case .relaying = self.machine.phase {
            if let backend { self.noteReply(of: backend) }
            self.recordReply(.refused, code: "invalid_request", now: .now())
            self.closeAfterFlush(resets: true)
        } else {
            self.takeBackHead()
            self.refuse(problem)
        }
    }
}
