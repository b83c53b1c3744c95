// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Takes the body of a request to an own route as it arrives, and answers. Used on the client's event loop alone.
package protocol UploadReceiver: AnyObject {
    /// Whether it takes more now. If not, it says when it does again.
    var takesMore: Bool { get }
    /// The next bytes.
    func receive(_ bytes: Span<UInt8>)
    /// The body is whole.
    func finish()
    /// The client has left, or has been answered by something else.
    func cancel()
}

/// What the receiver of an upload works with.
package struct UploadTools: Sendable {
    /// Takes the answer, which may be given before the body is whole.
    package let responder: OwnResponder
    /// To be called, from any thread, when the receiver takes more again.
    package let resume: @Sendable () -> Void

    /// - Parameters:
    ///   - responder: takes the answer.
    ///   - resume: to be called when the receiver takes more again.
    package init(_ responder: OwnResponder, resume: @escaping @Sendable () -> Void) {
        self.responder = responder
        self.resume = resume
    }
}
