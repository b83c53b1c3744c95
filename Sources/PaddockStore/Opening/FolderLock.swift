// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSystem

/// A folder that this process alone uses, until the object is released or the process ends in whatever way.
final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Makes the folder if it is not there, for this user only, and locks it.
    ///
    /// - Parameter folder: the path.
    /// - Throws: `unusable` or `inUse`.
    init(_ folder: String) throws(StoreError) {
        try Self.make(folder)
        let descriptor = open(StoreFolder.joined(folder, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable(folder: folder, reason: SystemError.last.description) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.last
            close(descriptor)
            if error.code == EWOULDBLOCK { throw .inUse(folder: folder) }
            throw .unusable(folder: folder, reason: error.description)
        }
        self.descriptor = descriptor
    }

    // The lock ends with the last descriptor of the file.
    deinit { close(self.descriptor) }

    /// Makes a folder, and those above it that are not there.
    private static func make(_ folder: String) throws(StoreError) {
        var path = folder.hasPrefix("/") ? "" : "."
        for name in folder.split(separator: "/") {
            path += "/\(name)"
            // Folders above may be there without being writable.
            if access(path, F_OK) != 0, mkdir(path, 0o700) != 0, errno != EEXIST {
                throw .unusable(folder: folder, reason: SystemError.last.description)
            }
        }
    }
}
