// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import PaddockSystem

/// A connection to a server: one request at a time, for as long as both sides keep it.
package struct HTTPConnection<Reader: ReplyReader>: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<ReplyHandler<Reader>>
    private let url: ServerURL

    /// Connects.
    ///
    /// - Throws: `HTTPFailure.unreachable` with the reason.
    package static func open(to url: ServerURL, timeout: Duration) async throws(HTTPFailure) -> HTTPConnection {
        do {
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeout))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            let (channel, handler) = try await bootstrap.connect(host: url.host, port: url.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = ReplyHandler<Reader>()
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(handler)
                    return (channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
                }
            }
            return HTTPConnection(channel: channel, handler: handler, url: url)
        } catch {
            throw .unreachable(Self.reason(error))
        }
    }

    /// Whether it is still open.
    package var isActive: Bool { self.channel.isActive }

    /// Sends a request and takes in its reply. If the task is cancelled, the connection is closed.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - reader: What takes in the reply.
    ///   - timeout: How long the whole reply may take; of a request that is long how long each piece may.
    package func send(_ request: HTTPRequest, reader: Reader, timeout: Duration) async -> HTTPAnswer<Reader> {
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { done in
                self.channel.eventLoop.execute {
                    self.handler.value.send(
                        request,
                        authority: self.url.authority,
                        reader: reader,
                        timeout: timeout,
                        done: done
                    )
                }
            }
        } onCancel: {
            self.close()
        }
        guard answer.failure != nil, Task.isCancelled else { return answer }
        return HTTPAnswer(reader: answer.reader, failure: .cancelled)
    }

    /// Closes the connection.
    package func close() { self.channel.close(promise: nil) }

    /// Why a connection did not come about, in a few words.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return self.reason(first.error) }
            return "its name cannot be resolved"
        case let error as IOError:
            return SystemError(code: error.errnoCode).description.lowercased()
        case ChannelError.connectTimeout:
            return "no answer in time"
        default:
            return String("\(error)".prefix(100))
        }
    }
}
