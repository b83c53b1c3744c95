// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
package import Logging
internal import PaddockBase
package import PaddockProxy
package import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// The files of clients: what batch jobs read and write (contract section 23).
///
/// What a file holds is in a folder beside the store's database, under its id; what is known of it is in the store. A file is there
/// exactly if both are: what only one of them has is removed at the start. All calls block; none is for an event loop.
package final class FileStore: Sendable {
    /// What a file is for.
    package enum Purpose: String, Sendable {
        /// The requests of a batch job.
        case batch
        /// The answers, or the errors, of one.
        case batchOutput = "batch_output"
    }

    /// What is known of a file. Times are in seconds since 1970.
    package struct File: Equatable, Sendable {
        /// Its id.
        package var id: String
        /// The name of the client whose it is.
        package var owner: String
        /// What its owner calls it.
        package var filename: String
        /// What it is for.
        package var purpose: Purpose
        /// Its length; 0 for an output that is still written.
        package var bytes: Int
        /// When it was made.
        package var createdAt: Int
        /// When it is removed, unless a job needs it.
        package var expiresAt: Int
        /// Whether it is whole, and so listed.
        package var isPublished: Bool
    }

    /// What the name of a file ends with until it is whole.
    static let partSuffix = ".part"
    private static let idPrefix = "file-"
    private static let idDigits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    private static let secondsPerDay = 86_400
    /// How often old files are removed.
    private static let sweepSeconds = 3_600

    private struct State {
        var isInUse: @Sendable (String) -> Bool = { _ in false }
        /// The lengths of the outputs that are still written.
        var outputs: [String: Int] = [:]
        /// When old files were last removed.
        var lastSweep: Int?
    }

    /// How much room they take.
    let accounts: FileAccounts
    private let table: FileTable
    private let folder: String
    /// What new ids end with: which member of a cluster has made them; nil without a cluster.
    let tag: HolderTag?
    private let state = Mutex(State())
    private let sweeper = DispatchQueue(label: "paddock-files")

    /// Opens the files of a store. What an upload, or a deletion, that was broken off has left is removed.
    ///
    /// - Parameters:
    ///   - store: the store.
    ///   - limits: how much room they may take. Defaults to the defaults of each limit.
    ///   - member: the name of this gateway in its cluster. Defaults to nil: it is of none.
    /// - Returns: nil if the store is in memory.
    /// - Throws: `unusable` if the folder cannot be used; else what is wrong with the store.
    package init?(_ store: Store, limits: FileLimits = FileLimits(), member: String? = nil) throws(StoreError) {
        guard case .folder(let folder) = store.place else { return nil }
        self.folder = folder + "/files"
        self.tag = member.map { HolderTag(member: $0) }
        self.table = FileTable(store)
        self.accounts = FileAccounts(limits)
        do throws(SystemError) {
            try Folder.make(self.folder)
        } catch {
            throw .unusable(folder: self.folder, reason: error.description)
        }
        try self.takeStock()
    }

    /// Counts what is there, and removes what is only half there.
    private func takeStock() throws(StoreError) {
        var files: Set<String> = []
        do throws(SystemError) {
            for name in try Folder.names(in: self.folder) where name.hasPrefix(Self.idPrefix) { files.insert(name) }
        } catch {
            throw .unusable(folder: self.folder, reason: error.description)
        }
        for file in try self.table.all() {
            guard files.remove(file.id) != nil, let bytes = Folder.bytes(of: self.path(of: file.id)) else {
                try self.table.remove(file.id)
                continue
            }
            if !file.isPublished { self.state.withLock { $0.outputs[file.id] = bytes } }
            self.accounts.add(file.isPublished ? file.bytes : bytes, of: file.owner)
        }
        for name in files { Folder.remove(self.path(of: name)) }
    }

    // MARK: - Limits

    /// How much room they may take, and for how long.
    package var limits: FileLimits {
        get { self.accounts.limits }
        set { self.accounts.limits = newValue }
    }

    /// What all files take, in bytes, those that arrive included, each with its overhead.
    package var usedBytes: Int { self.accounts.used }

    /// How many more bytes there is room for; negative if the limit was lowered.
    package var freeBytes: Int { self.accounts.free }

    /// Whether a job needs a file, which then stays. Set by who runs the jobs; called from any thread, under no lock of this type.
    package var isInUse: @Sendable (String) -> Bool {
        get { self.state.withLock { $0.isInUse } }
        set { self.state.withLock { $0.isInUse = newValue } }
    }

    // MARK: - Reading

    /// A published file.
    ///
    /// - Parameters:
    ///   - id: its id, as anybody may have sent it.
    ///   - owner: whose it must be; nil for anybody's.
    /// - Throws: 404 `not_found`, or 503 `store_error`.
    package func file(_ id: String, of owner: String?) throws(ErrorReply) -> File {
        guard let file = try self.known(id), file.isPublished, owner == nil || file.owner == owner else {
            throw .noFile(id)
        }
        return file
    }

    private func known(_ id: String) throws(ErrorReply) -> File? {
        guard id.utf8.count <= 64 else { return nil }
        let file = try self.perform { (table) throws(StoreError) in try table.file(id) }
        return file.flatMap { self.shown($0) }
    }

    /// Published files of a client.
    ///
    /// - Throws: 404 `not_found` if there is no file behind which the list is to begin, or 503 `store_error`.
    package func list(_ query: FileQuery) throws(ErrorReply) -> [File] {
        if case .behind(let id) = query.start { _ = try self.file(id, of: query.owner) }
        let files = try self.perform { (table) throws(StoreError) in try table.files(query) }
        return files.compactMap(self.shown)
    }

    /// Where a file is.
    ///
    /// - Parameter id: its id, as `file` or `makeOutput` gave it.
    package func path(of id: String) -> String { "\(self.folder)/\(id)" }

    private func shown(_ file: StoredFile) -> File? {
        guard let purpose = Purpose(rawValue: file.purpose) else { return nil }
        let age = file.createdAt + self.limits.days * Self.secondsPerDay
        return File(
            id: file.id,
            owner: file.owner,
            filename: file.filename,
            purpose: purpose,
            bytes: file.bytes,
            createdAt: file.createdAt,
            expiresAt: min(file.expiresAt ?? age, age),
            isPublished: file.isPublished
        )
    }

    // MARK: - Uploads

    /// Begins an upload.
    ///
    /// - Parameter owner: whose it is.
    /// - Throws: 409 `too_many_files` or 507 `insufficient_storage`.
    func beginUpload(of owner: String) throws(ErrorReply) -> ArrivingFile {
        if let refusal = self.accounts.begin(of: owner, isBounded: true) { throw ErrorReply(refusal) }
        return ArrivingFile(self.newID(), of: owner, in: self)
    }

    /// Keeps what is known of a file whose bytes the disk has.
    func keep(_ file: StoredFile) throws(ErrorReply) -> File {
        do throws(SystemError) { try Folder.sync(self.folder) } catch { throw ErrorReply(error) }
        try self.perform { (table) throws(StoreError) in try table.add(file) }
        guard let shown = self.shown(file) else { throw .noFile(file.id) }
        return shown
    }

    // MARK: - Outputs

    /// Makes an empty file that a job appends to. It is not listed before it is published.
    ///
    /// - Parameters:
    ///   - owner: whose job it is.
    ///   - filename: what its owner sees as its name.
    /// - Throws: 507 `insufficient_storage`, or 500 and 503 if the disk or the store fail; then there is none.
    package func makeOutput(of owner: String, filename: String) throws(ErrorReply) -> File {
        if let refusal = self.accounts.begin(of: owner, isBounded: false) { throw ErrorReply(refusal) }
        let id = self.newID()
        do throws(ErrorReply) {
            do throws(SystemError) { try Folder.append([], to: self.path(of: id)) } catch { throw ErrorReply(error) }
            var file = StoredFile(
                id: id,
                owner: owner,
                filename: filename,
                purpose: Purpose.batchOutput.rawValue,
                bytes: 0,
                createdAt: WallClock.secondsSince1970()
            )
            file.isPublished = false
            let made = try self.keep(file)
            self.state.withLock { $0.outputs[id] = 0 }
            return made
        } catch {
            Folder.remove(self.path(of: id))
            self.accounts.remove(0, of: owner)
            throw error
        }
    }

    /// Takes room for bytes that are about to be appended to an output.
    ///
    /// - Throws: 507 `insufficient_storage`, and nothing is taken.
    package func reserve(_ bytes: Int, for id: String) throws(ErrorReply) {
        if let refusal = self.accounts.take(bytes) { throw ErrorReply(refusal) }
        self.state.withLock { $0.outputs[id, default: 0] += bytes }
    }

    /// Counts bytes that were appended to an output, or cut off if negative, whether there is room or not.
    package func grew(_ id: String, by bytes: Int) {
        self.accounts.count(bytes)
        self.state.withLock { $0.outputs[id, default: 0] += bytes }
    }

    /// An output is whole, and the disk has it: its owner sees it from now on.
    ///
    /// - Parameter bytes: its length.
    /// - Throws: 503 `store_error`, or 507 if the disk is full.
    package func publish(_ id: String, bytes: Int) throws(ErrorReply) {
        let now = WallClock.secondsSince1970()
        try self.perform { (table) throws(StoreError) in try table.publish(id, bytes: bytes, createdAt: now) }
        if let counted = self.state.withLock({ $0.outputs.removeValue(forKey: id) }) {
            self.accounts.count(bytes - counted)
        }
    }

    /// Removes outputs that are still written and that no job needs: a crash came between the file and its job.
    ///
    /// - Parameter isNeeded: whether a job needs an output.
    package func removeOutputs(unless isNeeded: (String) -> Bool) throws(StoreError) {
        for file in try self.table.all() where !file.isPublished && !isNeeded(file.id) {
            guard try self.table.remove(file.id) else { continue }
            Folder.remove(self.path(of: file.id))
            let counted = self.state.withLock { $0.outputs.removeValue(forKey: file.id) }
            self.accounts.remove(counted ?? file.bytes, of: file.owner)
        }
    }

    // MARK: - The end of files

    /// Deletes a file, or an output that is still written.
    ///
    /// - Parameters:
    ///   - id: its id.
    ///   - owner: whose it must be; nil for anybody's, which alone deletes one that is not published.
    /// - Throws: 404 `not_found`, 409 `file_in_use`, or 503 `store_error`.
    package func delete(_ id: String, of owner: String?) throws(ErrorReply) {
        guard let file = try self.known(id), owner == nil || (file.isPublished && file.owner == owner) else {
            throw .noFile(id)
        }
        if self.isInUse(id) {
            throw .final(409, "file_in_use", "a batch job needs the file \(id): cancel it, or wait for its end")
        }
        try self.remove(file)
    }

    private func remove(_ file: File) throws(ErrorReply) {
        // Of two that remove it at once one comes first.
        guard try self.perform({ (table) throws(StoreError) in try table.remove(file.id) }) else { return }
        Folder.remove(self.path(of: file.id))
        let counted = self.state.withLock { $0.outputs.removeValue(forKey: file.id) }
        self.accounts.remove(counted ?? file.bytes, of: file.owner)
    }

    /// Removes files that have expired, now and every hour, until the object is released.
    ///
    /// - Parameter logger: gets a message if that fails.
    package func start(_ logger: Logger) {
        self.sweeper.async { [weak self] in
            do throws(ErrorReply) {
                try self?.removeExpired(now: WallClock.secondsSince1970())
            } catch {
                logger.warning("old files cannot be removed", metadata: ["reason": "\(error.message)"])
            }
            guard let self else { return }
            self.sweeper.asyncAfter(deadline: .now() + .seconds(Self.sweepSeconds)) { [weak self] in
                self?.start(logger)
            }
        }
    }

    /// Removes files that have expired and that no job needs.
    ///
    /// After a step of the clock by more than a day nothing is removed until the next time.
    ///
    /// - Parameter now: seconds since 1970.
    package func removeExpired(now: Int) throws(ErrorReply) {
        let last = self.state.withLock { state in
            defer { state.lastSweep = now }
            return state.lastSweep ?? now
        }
        guard abs(now - last) <= Self.secondsPerDay else { return }
        let oldest = now - self.limits.days * Self.secondsPerDay
        let due = try self.perform { (table) throws(StoreError) in try table.due(at: now, madeBefore: oldest) }
        for file in due.compactMap(self.shown) where !self.isInUse(file.id) { try self.remove(file) }
    }

    // MARK: - Details

    private func newID() -> String {
        let random = (0..<HolderTag.randomLength).compactMap { _ in Self.idDigits.randomElement() }
        return Self.idPrefix + String(random) + (self.tag?.text ?? "")
    }

    private func perform<Value>(_ body: (FileTable) throws(StoreError) -> Value) throws(ErrorReply) -> Value {
        do throws(StoreError) { return try body(self.table) } catch { throw ErrorReply(error) }
    }
}
