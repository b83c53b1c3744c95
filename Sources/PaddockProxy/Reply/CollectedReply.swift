// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// A reply that is collected in memory, within a bound: to a health probe, to one part of a joined list, or to a copy of a client's
/// request.
final class CollectedReply: ReplySink {
    /// A reply in full.
    struct Reply: Sendable {
        /// The status.
        var status: Int
        /// The end-to-end fields.
        var fields: [HeaderField]
        /// The body, without framing.
        var body: ByteBuffer
    }

    /// How many bytes of bodies may still arrive, for all replies that share it.
    final class Budget {
        private let limit: Int
        private var left: Int

        /// - Parameter limit: how many bytes.
        init(_ limit: Int) {
            self.limit = limit
            self.left = limit
        }

        fileprivate func take(_ count: Int) throws(ErrorCause) {
            guard self.left >= count else { throw .backendNotHTTP("its answer is larger than \(self.limit >> 20) MiB") }
            self.left -= count
        }

        fileprivate func giveBack(_ count: Int) { self.left += count }
    }

    private let budget: Budget
    private var reply = Reply(status: 0, fields: [], body: ByteBuffer())

    /// The result; nil before its end.
    private(set) var result: Result<Reply, ErrorCause>?
    /// The error as a client would get it, if it failed.
    private(set) var error: ErrorReply?

    /// - Parameter budget: how long the body may be.
    init(within budget: Budget) { self.budget = budget }

    var stage: ReplyStage { .unsent }
    var status: Int { self.reply.status }
    var format: StreamFormat? { nil }
    var wantsPlainData: Bool { true }
    var isTaken: Bool { true }

    func interim(_ head: borrowing MessageHead, _ bytes: Span<UInt8>) {}

    func begin(_ head: borrowing MessageHead, _ bytes: ByteBuffer, framing: BodyFraming, mayKeep: Bool) {
        self.reply.status = head.status
        self.reply.fields = head.endToEndFields(bytes.readableBytesUInt8Span)
    }

    func write(_ bytes: ByteBuffer) throws(ErrorCause) {
        try self.budget.take(bytes.readableBytes)
        self.reply.body.writeImmutableBuffer(bytes)
    }

    func burstEnded(isOpen: Bool) {}

    func takeBack() {}

    func end(isWholeRequest: Bool) -> AfterReply {
        self.result = .success(self.reply)
        return .close(lingers: false)
    }

    func fail(
        _ cause: ErrorCause,
        _ error: ErrorReply,
        behind body: ReplyBody?,
        _ request: RequestEnd
    ) -> AfterReply {
        // A discarded part takes nothing from the others.
        self.budget.giveBack(self.reply.body.readableBytes)
        self.result = .failure(cause)
        self.error = error
        return .close(lingers: false)
    }
}
