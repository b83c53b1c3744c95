// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP
internal import PaddockSockets

/// Telling the observers what became of a request.
extension ClientHandler {
    /// Remembers the method and the path of a head for the record. The query stays out: it may hold secrets.
    ///
    /// The bytes are kept in memory that the connection has already, not in a string for each request.
    func noteRequestLine(_ bytes: Span<UInt8>, method: ByteRange, path: ByteRange) {
        self.methodAndPath.removeAll(keepingCapacity: true)
        if method.upperBound + 1 == path.lowerBound, method.count <= ExchangeRecord.maxMethodBytes,
            path.count <= ExchangeRecord.maxPathBytes
        {
            // The usual case: they stand side by side, the blank between them.
            return self.note(bytes, ByteRange(start: method.lowerBound, end: path.upperBound), upTo: .max)
        }
        self.note(bytes, method, upTo: ExchangeRecord.maxMethodBytes)
        self.methodAndPath.append(.space)
        self.note(bytes, path, upTo: ExchangeRecord.maxPathBytes)
    }

    private func note(_ bytes: Span<UInt8>, _ range: ByteRange, upTo limit: Int) {
        let count = min(Int(range.count), limit)
        bytes.extracting(range.lowerBound..<range.lowerBound + count).withUnsafeBufferPointer {
            self.methodAndPath.append(contentsOf: $0)
        }
    }

    /// Takes over how much of the backend's reply has been passed on, before the connection is let go.
    func noteReply(of backend: BackendHandler) {
        self.request.bytesOut = backend.reply.dataBytes
        self.request.chunks = backend.reply.chunks
    }

    /// The exchange ends with an answer of ours.
    func recordAnswer(_ reply: OwnReply) {
        if !self.request.isHead { self.request.bytesOut = reply.bytes.readableBytes }
        let outcome = self.request.isOwn ? .completed : ExchangeRecord.Outcome(reply)
        self.record(outcome, status: reply.status, code: reply.code, now: .now())
    }

    /// The exchange ends with the reply of a backend, whole or not.
    func recordReply(_ outcome: ExchangeRecord.Outcome, code: String? = nil, now: Instant) {
        self.record(
            outcome,
            status: self.request.replyStatus > 0 ? self.request.replyStatus : nil,
            code: code,
            now: now
        )
    }

    /// Says why a request failed; the access log has the code alone.
    func logFailure(_ reply: ErrorReply) {
        self.gateway.logger.debug(
            "a request failed",
            metadata: [
                "id": "\(self.request.id)", "code": "\(reply.code)", "reason": "\(reply.message)",
                "model": "\(self.request.model?.description ?? "-")",
            ]
        )
    }

    /// The client is gone.
    func recordCancelled(now: Instant) {
        guard self.isExchangeCounted, !self.request.isRecorded else { return }
        self.recordReply(.cancelled, now: now)
    }

    func record(_ outcome: ExchangeRecord.Outcome, status: Int?, code: String?, now: Instant) {
        guard !self.request.isRecorded else { return }
        self.request.isRecorded = true
        guard !self.gateway.observers.isEmpty else { return }
        let record = ExchangeRecord(
            id: self.request.id,
            client: self.request.identity?.client ?? Client(name: self.peerName()),
            requestClass: self.request.requestClass,
            methodAndPath: self.methodAndPath,
            isQueued: self.request.isQueued,
            model: self.request.model,
            backend: self.request.started == nil ? nil : self.backendIndex,
            status: status,
            outcome: outcome,
            code: code,
            isStream: self.request.streamFormat != nil,
            expectsStream: self.request.expectsStream,
            timeout: self.machine.timeout,
            isTimeoutStated: self.machine.isTimeoutStated,
            place: self.request.place,
            estimatedWait: self.request.estimatedWait,
            rule: self.request.rule,
            began: self.machine.startedAt,
            arrived: self.request.arrived,
            started: self.request.started,
            firstByte: self.request.firstByte,
            ended: now,
            bytesIn: self.request.bytesIn,
            bytesOut: self.request.bytesOut,
            chunks: self.request.chunks
        )
        let shared = SharedRecord(record)
        for observer in self.gateway.observers { observer.ended(shared, onLoop: self.loop.index) }
    }

    /// The address of the peer, made into text once for a connection.
    func peerName() -> String {
        if let name = self.peer { return name }
        let address = self.connection.remoteAddress
        let name = address?.ipAddress ?? address?.pathname ?? ""
        self.peer = name
        return name
    }
}
