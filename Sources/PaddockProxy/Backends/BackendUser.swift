// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// The user of a backend connection, whose request it carries. All calls are on the connection's event loop.
protocol BackendUser: AnyObject {
    /// Whether the data of a chunked reply is wanted without the chunks around it.
    var wantsPlainData: Bool { get }

    /// The connection is there, and nothing has been sent on it for this exchange.
    func backendConnected(_ backend: BackendConnection)
    /// The connection could not be made; the backend has seen nothing.
    ///
    /// - Parameter failure: `backendUnreachable`, or `outOfResources`, which is not the backend's fault.
    func connectFailed(_ failure: ErrorCause)
    /// The connection was closed before anything of the request was sent on it; the backend has seen nothing.
    ///
    /// - Parameters:
    ///   - unsent: what was written, in order.
    ///   - isNew: whether the connection had been made for the request, and not been kept.
    func backendTookNothing(_ unsent: [ByteBuffer], isNew: Bool)
    /// An interim reply (RFC 9110 §15.2) arrived.
    func interimReply(_ head: borrowing MessageHead, _ bytes: ByteBuffer)
    /// The head of the reply arrived.
    func replyHead(_ head: borrowing MessageHead, _ bytes: ByteBuffer, framing: BodyFraming)
    /// Bytes of the reply's body, framed as the backend framed them unless plain data is wanted.
    func replyBytes(_ bytes: ByteBuffer)
    /// A burst of bytes has been handed over.
    func replyBurstEnded()
    /// The reply is complete. `isReusable`: the connection may carry another request.
    func replyEnded(isReusable: Bool)
    /// The reply will not be complete; the connection is closed.
    func backendLost(_ failure: ErrorCause)
    /// The backend takes more of the request, or does not.
    func backendWritabilityChanged()
}
