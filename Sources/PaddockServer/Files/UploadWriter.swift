// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockJSON
internal import PaddockProxy
internal import Synchronization

/// Writes what arrives of an upload to the disk, on a queue, and answers at its end.
///
/// What arrives while the disk is busy is written at once afterwards, so that small pieces cost no call each.
final class UploadWriter: Sendable {
    /// What may wait for the disk, in bytes, before no more is taken.
    static let maxWaiting = 262_144

    private struct State {
        var waiting: [UInt8] = []
        /// How many bytes are on their way to the disk.
        var writing = 0
        var hasFailed = false

        var isFull: Bool { self.waiting.count + self.writing >= UploadWriter.maxWaiting }
    }

    private let state = Mutex(State())
    private let file: ArrivingFile
    private let queue: DispatchQueue
    private let tools: UploadTools

    /// - Parameters:
    ///   - file: the file.
    ///   - queue: a serial queue.
    ///   - tools: takes the answer, and hears when more is taken again.
    init(_ file: ArrivingFile, on queue: DispatchQueue, _ tools: UploadTools) {
        self.file = file
        self.queue = queue
        self.tools = tools
    }

    /// Whether it takes more now.
    var takesMore: Bool { self.state.withLock { !$0.isFull } }

    /// Writes bytes, later.
    func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        let isFirst = self.state.withLock { state in
            defer { state.waiting += bytes }
            return state.waiting.isEmpty
        }
        if isFirst { self.queue.async { self.writeWaiting() } }
    }

    private func writeWaiting() {
        let (bytes, hasFailed) = self.state.withLock { state in
            defer { state.waiting = [] }
            state.writing = state.waiting.count
            return (state.waiting, state.hasFailed)
        }
        if !hasFailed {
            do throws(ErrorReply) { try self.file.append(bytes) } catch { self.fail(error) }
        }
        let resumes = self.state.withLock { state in
            let wasFull = state.isFull
            state.writing = 0
            return wasFull && !state.isFull
        }
        if resumes { self.tools.resume() }
    }

    /// Makes it a file when all of it is written, and answers.
    ///
    /// - Parameters:
    ///   - filename: what its owner calls it.
    ///   - lifetime: after how many seconds it expires; nil: with its age.
    func finish(_ filename: String, lifetime: Int?) {
        self.queue.async {
            guard !self.state.withLock({ $0.hasFailed }) else { return }
            do throws(ErrorReply) {
                let file = try self.file.finish(filename, lifetime: lifetime)
                self.tools.responder.reply(OwnReply(json: .object { file.write(to: &$0) }))
            } catch {
                self.fail(error)
            }
        }
    }

    private func fail(_ error: ErrorReply) {
        self.state.withLock { $0.hasFailed = true }
        self.tools.responder.reply(OwnReply(error, .openAI))
    }

    /// Forgets the file, unless it is one already.
    func discard() {
        self.state.withLock { $0.hasFailed = true }
        self.queue.async { self.file.discard() }
    }
}
