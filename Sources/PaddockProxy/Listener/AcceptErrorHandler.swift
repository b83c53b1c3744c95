// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import NIOCore

/// Says when connections cannot be accepted, as without file descriptors: once, and not again while it goes on.
///
/// The error goes on to the handler behind it, which waits a second before the next try.
final class AcceptErrorHandler: ChannelInboundHandler {
    typealias InboundIn = Channel

    /// After so long without an error the next one is said again.
    private static let quietTime = TimeAmount.seconds(60)

    private let logger: Logger
    private var lastError: NIODeadline?

    init(logger: Logger) { self.logger = logger }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let now = NIODeadline.now()
        if self.lastError.map({ now - $0 > Self.quietTime }) ?? true {
            self.logger.error(
                "connections cannot be accepted",
                metadata: ["reason": "\(error)", "remedy": "raise the limit of open files (ulimit -n, LimitNOFILE)"]
            )
        }
        self.lastError = now
        context.fireErrorCaught(error)
    }
}
