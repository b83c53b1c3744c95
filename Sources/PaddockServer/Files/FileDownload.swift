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
    private static let pieceBytes = 131_072
    /// How long a piece may take.
    private static let patience = TimeAmount.seconds(300)

    private let path: String
    private let bytes: Int
    private let stream: NIOLoopBound<ReplyStream>
    private let queue: DispatchQueue

    /// - Parameters:
    ///   - path: where the file is.
    ///   - bytes: its length.
    ///   - stream: the reply.
    ///   - queue: where it is read.
    init(_ path: String, bytes: Int, to stream: ReplyStream, on queue: DispatchQueue) {
        self.path = path
        self.bytes = bytes
        self.stream = NIOLoopBound(stream, eventLoop: stream.eventLoop)
        self.queue = queue
    }

    /// Sends what follows an offset. Called on the client's event loop.
    func send(from offset: Int) {
        guard offset < self.bytes else { return self.stream.value.end() }
        let count = min(Self.pieceBytes, self.bytes - offset)
        self.queue.async {
            let piece = try? InputFile.piece(of: self.path, at: offset, count: count)
            self.stream.eventLoop.execute { self.send(piece.map { ByteBuffer(bytes: $0) }, at: offset) }
        }
    }

    private func send(_ piece: ByteBuffer?, at offset: Int) {
        let stream = self.stream.value
        guard stream.isOpen else { return }
        // It was deleted, or cannot be read: the client sees that bytes are missing.
        guard let piece, piece.readableBytes > 0 else { return stream.abort() }
        stream.write(piece)
        let timer = stream.eventLoop.scheduleTask(in: Self.patience) { self.stream.value.abort() }
        stream.whenSent {
            timer.cancel()
            if self.stream.value.isOpen { self.send(from: offset + piece.readableBytes) }
        }
    }
}
