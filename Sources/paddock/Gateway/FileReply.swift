// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import PaddockClient
import PaddockSystem

/// The content of a file, written as it comes. The reply to a request that is refused is kept in its place.
struct FileReply: ReplyReader {
    /// The reply, if its status is not 200.
    private(set) var error = WholeReply()
    private let descriptor: Int32
    private let name: String
    private let progress: @Sendable (_ written: Int, _ all: Int?) -> Void
    private var isRefused = false
    private var written = 0
    private var all: Int?

    /// - Parameters:
    ///   - descriptor: where the bytes go.
    ///   - name: how messages name it.
    ///   - progress: called with how many bytes are there, and of how many if that is known.
    init(descriptor: Int32, name: String, progress: @escaping @Sendable (Int, Int?) -> Void = { _, _ in }) {
        self.descriptor = descriptor
        self.name = name
        self.progress = progress
    }

    mutating func head(_ head: HTTPResponseHead, at time: Duration) {
        self.isRefused = head.status != .ok
        if self.isRefused { self.error.head(head, at: time) }
        self.all = head.headers.first(name: "Content-Length").flatMap { Int($0) }
    }

    mutating func body(_ bytes: ByteBuffer, at time: Duration) throws(HTTPFailure) {
        if self.isRefused { return try self.error.body(bytes, at: time) }
        let (written, error) = bytes.withUnsafeReadableBytes { SystemCall.write($0, to: self.descriptor) }
        self.written += written
        if let error {
            // Whoever reads standard output has seen enough.
            if error.code == EPIPE { _exit(ExitStatus.success.rawValue) }
            throw .noFile("\(self.name) cannot be written (\(error))")
        }
        self.progress(self.written, self.all)
    }

    mutating func end(at time: Duration) {}
}
