// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A folder of files of ours.
package enum Folder {
    /// Makes a folder for this user only, if it is not there.
    package static func make(_ path: String) throws(SystemError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last }
    }

    /// The names of what is in a folder, in no order.
    package static func names(in path: String) throws(SystemError) -> [String] {
        guard let folder = opendir(path) else { throw .last }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // Only as much of the entry may be read as its name is long.
            let offset = MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 0
            let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            names.append(String(cString: name))
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    /// Returns when the disk has the names of the files in a folder.
    package static func sync(_ path: String) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .last }
    }

    /// The length of a file; nil if it is not there.
    package static func bytes(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Appends bytes to a file, which is made for this user only if it is not there.
    ///
    /// - Throws: if not all of them could be written; then some of them may have been.
    package static func append(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        if let error = bytes.withUnsafeBytes({ SystemCall.write($0, to: descriptor).error }) { throw error }
    }

    /// Cuts off what a file has beyond a length.
    package static func cut(_ path: String, to bytes: Int) throws(SystemError) {
        guard truncate(path, off_t(bytes)) == 0 else { throw .last }
    }

    /// Reads a file from its beginning to its end.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - offset: where to begin. Defaults to 0.
    ///   - pieceBytes: how many bytes are read at once.
    ///   - take: called with each piece, which is not empty.
    ///     - Returns: whether more is wanted.
    package static func read(
        _ path: String,
        from offset: Int = 0,
        pieceBytes: Int,
        _ take: ([UInt8]) -> Bool
    ) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last }
        defer { close(descriptor) }
        var offset = offset
        while true {
            var failure: SystemError?
            let piece = [UInt8](unsafeUninitializedCapacity: pieceBytes) { buffer, count in
                var read = -1
                repeat {
                    read = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
                } while read < 0
                    && errno == EINTR
                if read < 0 { failure = .last }
                count = max(read, 0)
            }
            if let failure { throw failure }
            offset += piece.count
            guard !piece.isEmpty, take(piece) else { return }
        }
    }

    /// Returns when the disk has a file, and gives it another name then.
    package static func syncAndRename(_ path: String, to other: String) throws(SystemError) {
        try Self.sync(path)
        guard rename(path, other) == 0 else { throw .last }
    }

    /// Removes a file, if it is there.
    package static func remove(_ path: String) { unlink(path) }
}
