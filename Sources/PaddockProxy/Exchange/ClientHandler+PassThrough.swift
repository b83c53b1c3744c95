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
            return self.answer(ErrorReply.shuttingDown)
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
            ownLines: self.gateway.ownLines,
            allocator: self.loop.allocator
        )
        guard let count = self.forward?.headBytes, self.loop.takeBytes(count) else { return self.rejectForMemory() }
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
        do throws(HeadProblem) {
            let data = try self.body.readOn(in: &self.inbound, self.loop.allocator)
            self.request.bytesIn += data.readableBytes
            if self.uploadsChunks {
                self.writeChunk(data, isEnd: self.body.hasEnded, to: backend)
            } else {
                backend.write(data)
            }
            backend.flush()
        } catch {
            self.backendBodyBroke(error)
        }
    }

    /// All data that came at once is one chunk, however small those of the client are.
    private func writeChunk(_ data: ByteBuffer, isEnd: Bool, to backend: BackendHandler) {
        let count = data.readableBytes
        let isCopied = count <= Self.maxCopiedBytes
        var bytes = self.loop.allocator.buffer(capacity: Self.chunkFramingBytes + (isCopied ? count : 0))
        if count > 0 {
            bytes.writeString(String(count, radix: 16))
            bytes.writeStaticString("\r\n")
            if isCopied {
                bytes.writeImmutableBuffer(data)
            } else {
                backend.write(bytes)
                backend.write(data)
                bytes = self.loop.allocator.buffer(capacity: Self.chunkFramingBytes)
            }
            bytes.writeStaticString("\r\n")
        }
        if isEnd { bytes.writeStaticString("0\r\n\r\n") }
        backend.write(bytes)
    }

    /// Up to this size data is copied between its framing rather than written on its own.
    private static let maxCopiedBytes = 4096
    /// What is written around the data of a chunk at most: its size, three line breaks, the last chunk.
    private static let chunkFramingBytes = 32

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
