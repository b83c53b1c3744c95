// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockProxy
internal import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// A file that is being uploaded: `ID.part`, which becomes a file when it is whole. Its calls block; one at a time.
///
/// Between two calls no descriptor is open, so that slow clients take none.
final class ArrivingFile: Sendable {
    private struct State {
        var bytes = 0
        /// Whether it has become a file, or is gone.
        var hasEnded = false
    }

    private let files: FileStore
    private let id: String
    private let owner: String
    private let state = Mutex(State())

    init(_ id: String, of owner: String, in files: FileStore) {
        self.id = id
        self.owner = owner
        self.files = files
    }

    deinit { self.discard() }

    /// How many bytes have been written.
    var bytes: Int { self.state.withLock { $0.bytes } }

    private var partPath: String { self.files.path(of: self.id) + FileStore.partSuffix }

    /// Writes the next bytes.
    ///
    /// - Throws: 413, 507, or 500 if the disk fails; the file is gone then.
    func append(_ bytes: [UInt8]) throws(ErrorReply) {
        do throws(ErrorReply) {
            let limit = self.files.accounts.limits.upload
            guard self.bytes + bytes.count <= limit else { throw .uploadTooLarge(limit) }
            if let refusal = self.files.accounts.take(bytes.count) { throw ErrorReply(refusal) }
            self.state.withLock { $0.bytes += bytes.count }
            do throws(SystemError) { try Folder.append(bytes, to: self.partPath) } catch { throw ErrorReply(error) }
        } catch {
            self.discard()
            throw error
        }
    }

    /// The upload is whole: it is a file from now on.
    ///
    /// - Parameters:
    ///   - filename: what its owner calls it.
    ///   - lifetime: after how many seconds it expires; nil: with its age.
    /// - Throws: 507, or 500 and 503 if the disk or the store fail; the file is gone then.
    func finish(_ filename: String, lifetime: Int?) throws(ErrorReply) -> FileStore.File {
        do throws(ErrorReply) {
            // One without bytes is not there yet.
            try self.append([])
            do throws(SystemError) {
                try Folder.syncAndRename(self.partPath, to: self.files.path(of: self.id))
            } catch {
                throw ErrorReply(error)
            }
            let now = WallClock.secondsSince1970()
            var file = StoredFile(
                id: self.id,
                owner: self.owner,
                filename: filename,
                purpose: FileStore.Purpose.batch.rawValue,
                bytes: self.bytes,
                createdAt: now
            )
            file.expiresAt = lifetime.map { now + $0 }
            let made = try self.files.keep(file)
            self.state.withLock { $0.hasEnded = true }
            return made
        } catch {
            self.discard()
            throw error
        }
    }

    /// Forgets it, unless it has become a file.
    func discard() {
        guard
            let bytes = self.state.withLock({ state -> Int? in
                defer { state.hasEnded = true }
                return state.hasEnded ? nil : state.bytes
            })
        else { return }
        Folder.remove(self.partPath)
        Folder.remove(self.files.path(of: self.id))
        self.files.accounts.remove(bytes, of: self.owner)
    }
}
