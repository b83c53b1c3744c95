// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import NIOCore
internal import PaddockProxy
internal import PaddockSystem

/// Sends what a file holds, piece by piece: the next one is read when the client's system has taken the one before.
///
/// Between two pieces no descriptor is open, so that slow clients take none. A client that takes nothing for long is cut off.
final class FileDownload: Sendable {
    /// Gets a piece from where the file is: at most so many bytes from an offset on, or nil if it cannot be read; from any thread.
    typealias Source = @Sendable (_ offset: Int, _ count: Int, _ take: @escaping @Sendable ([UInt8]?) -> Void) -> Void

    /// The most bytes of a piece.
    static let pieceBytes = 131_072
    /// How long a piece may take.
    private static let patience = TimeAmount.seconds(300)

    private let bytes: Int
    private let stream: NIOLoopBound<ReplyStream>
    private let source: Source

    private init(_ bytes: Int, _ stream: ReplyStream, _ source: @escaping Source) {
        self.bytes = bytes
        self.stream = NIOLoopBound(stream, eventLoop: stream.eventLoop)
        self.source = source
    }

    /// The reply with what a file holds.
    ///
    /// - Parameters:
    ///   - bytes: its length.
    ///   - source: where it is.
    static func reply(bytes: Int, from source: @escaping Source) -> OwnReply {
        var reply = OwnReply(contentType: "application/octet-stream") { (stream) throws(ErrorCause) in
            FileDownload(bytes, stream, source).send(from: 0)
        }
        reply.length = bytes
        // A browser must not show what a client put here as a page of ours.
        reply.fields = [("Content-Disposition", "attachment"), ("X-Content-Type-Options", "nosniff")]
        return reply
    }

    /// The bytes of a file on the disk.
    ///
    /// - Parameters:
    ///   - path: where it is.
    ///   - queue: where it is read.
    static func disk(_ path: String, on queue: DispatchQueue) -> Source {
        { offset, count, take in
            queue.async { take(try? InputFile.piece(of: path, at: offset, count: count)) }
        }
    }

    /// Sends what follows an offset. Called on the client's event loop.
    private func send(from offset: Int) {
        guard offset < self.bytes else { return self.stream.value.end() }
        let count = min(Self.pieceBytes, self.bytes - offset)
        self.source(offset, count) { piece in
            self.stream.eventLoop.execute { self.send(piece.map { ByteBuffer(bytes: $0) }, at: offset, atMost: count) }
        }
    }

    private func send(_ piece: ByteBuffer?, at offset: Int, atMost count: Int) {
        let stream = self.stream.value
        guard stream.isOpen else { return }
        // It was deleted, or cannot be read: the client sees that bytes are missing.
        guard let piece, 1...count ~= piece.readableBytes else { return stream.abort() }
        stream.write(piece)
        let timer = stream.eventLoop.scheduleTask(in: Self.patience) { self.stream.value.abort() }
        stream.whenSent {
            timer.cancel()
            if self.stream.value.isOpen { self.send(from: offset + piece.readableBytes) }
        }
    }
}
