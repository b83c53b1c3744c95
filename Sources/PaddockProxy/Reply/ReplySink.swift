// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP

/// How much of a reply has gone out.
enum ReplyStage: Equatable {
    /// Nothing: an error can be answered in its place.
    case unsent
    /// Part of a stream: an error can be put after it.
    case stream
    /// Part of another reply, which can only be cut off.
    case body
}

/// What happens to a client's connection after a reply.
enum AfterReply: Equatable {
    /// The next request may follow.
    case next
    /// It is closed; `lingers` if the client may still be sending, as a close into that would destroy the reply.
    case close(lingers: Bool)
    /// It is reset: the framing of the reply cannot express that it is incomplete.
    case reset
    /// The body is written piece by piece: what a file holds, or events until the client leaves.
    case follow
}

/// What an exchange answers to. All calls are on the exchange's event loop.
protocol ReplySink: AnyObject {
    /// How much has gone out.
    var stage: ReplyStage { get }
    /// The status of the reply that is relayed or was begun; 0 if there is none.
    var status: Int { get }
    /// The format of the reply if it is a stream.
    var format: StreamFormat? { get }
    /// Whether the data of a chunked reply is wanted without the chunks around it.
    var wantsPlainData: Bool { get }
    /// Whether the other side has taken all that was written so far, the head included.
    var isTaken: Bool { get }

    /// The fields about the request in the head of a reply.
    var additions: ReplyAdditions { get set }
    /// The bytes of the body of an error that was the answer.
    var answeredBytes: Int { get }

    /// An interim reply (RFC 9110 §15.2) has arrived.
    func interim(_ head: borrowing MessageHead, _ bytes: Span<UInt8>)
    /// The head of a backend's reply has arrived.
    ///
    /// - Parameters:
    ///   - head: the head.
    ///   - bytes: the bytes it was read from, and what arrived with it.
    ///   - framing: how the body is framed.
    ///   - mayKeep: whether the connection may serve another request after it.
    func begin(_ head: borrowing MessageHead, _ bytes: ByteBuffer, framing: BodyFraming, mayKeep: Bool)
    /// Bytes of its body have arrived.
    ///
    /// - Throws: why no more of them are taken.
    func write(_ bytes: ByteBuffer) throws(ErrorCause)
    /// No more arrives in this turn.
    ///
    /// - Parameter isOpen: whether more may arrive later; if not, the end of the reply is the next call.
    func burstEnded(isOpen: Bool)
    /// Forgets a reply of which nothing has gone out.
    func takeBack()
    /// The reply is whole.
    ///
    /// - Parameter isWholeRequest: whether all of the request has been read.
    func end(isWholeRequest: Bool) -> AfterReply
    /// There is no reply, or no more of it will arrive.
    ///
    /// - Parameters:
    ///   - cause: why.
    ///   - error: the same, as a client gets it.
    ///   - body: what was relayed so far; nil if nothing was.
    ///   - request: what is known of the end of the request.
    func fail(_ cause: ErrorCause, _ error: ErrorReply, behind body: ReplyBody?, _ request: RequestEnd) -> AfterReply
    /// The answer is one of ours.
    ///
    /// - Parameters:
    ///   - reply: what.
    ///   - request: what is known of the end of the request.
    /// - Throws: the cause of an error to be answered in its place.
    func answer(_ reply: OwnReply, _ request: RequestEnd) throws(ErrorCause) -> AfterReply
    /// The request still waits for its slot, and its client is to see that.
    ///
    /// - Parameter waiting: what is known of it.
    func show(_ waiting: WaitingRequest)
}

/// What only a client gets.
extension ReplySink {
    var additions: ReplyAdditions {
        get { ReplyAdditions() }
        set {}
    }
    var answeredBytes: Int { 0 }

    /// Shows that the request still waits.
    func show(_ waiting: WaitingRequest) {}

    /// Answers without a backend.
    func answer(_ reply: OwnReply, _ request: RequestEnd) throws(ErrorCause) -> AfterReply { .close(lingers: false) }
}

/// What is known of the end of a request when it is answered.
struct RequestEnd {
    /// Whether all of it has been read.
    var isWhole: Bool
    /// Whether its connection may serve another one.
    var mayKeep: Bool
}
