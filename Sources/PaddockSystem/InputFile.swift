// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A file that is open for reading. It is closed with this value.
package struct InputFile: ~Copyable {
    private let descriptor: Int32

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: its name.
    ///   - waits: whether to wait for whoever writes to a pipe.
    /// - Throws: if it cannot be opened.
    package init(_ path: String, waits: Bool = true) throws(SystemError) {
        self.descriptor = open(path, O_RDONLY | O_CLOEXEC | (waits ? 0 : O_NONBLOCK))
        guard self.descriptor >= 0 else { throw .last }
    }

    /// How many bytes a regular file has.
    ///
    /// - Throws: if it is not there, or no regular file.
    package static func size(of path: String) throws(SystemError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .last }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemError(code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
        }
        return Int(status.st_size)
    }

    /// Reads a file from its beginning; a name without a slash at its beginning is looked for in the current folder.
    ///
    /// - Parameters:
    ///   - path: its name.
    ///   - maximum: how many bytes are expected at most; of a longer file some more are read, so that the caller sees it.
    ///   - waits: whether to wait for whoever writes to a pipe.
    /// - Throws: if it cannot be read.
    package static func bytes(of path: String, upTo maximum: Int, waits: Bool) throws(SystemError) -> [UInt8] {
        let file = try InputFile(path, waits: waits)
        var bytes: [UInt8] = []
        // Most files that are read again and again, those of the system, are short.
        var piece = [UInt8](repeating: 0, count: min(maximum + 1, 4096))
        while bytes.count <= maximum {
            let count = try file.read(into: &piece)
            if count == 0 { break }
            bytes += piece[..<count]
            if count == piece.count, count < Self.longRead {
                piece = [UInt8](repeating: 0, count: min(maximum + 1, Self.longRead))
            }
        }
        return bytes
    }

    /// What is read at once of a file that is not short.
    private static let longRead = 1 << 16

    /// Reads a piece of a file.
    ///
    /// - Parameters:
    ///   - path: its name.
    ///   - offset: where the piece begins.
    ///   - count: its length.
    /// - Returns: the piece; fewer bytes if the file ends before.
    /// - Throws: if it cannot be read.
    package static func piece(of path: String, at offset: Int, count: Int) throws(SystemError) -> [UInt8] {
        let file = try InputFile(path)
        var result: Result<Int, SystemError> = .success(0)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = pread(
                    file.descriptor,
                    buffer.baseAddress.map { $0 + filled },
                    count - filled,
                    off_t(offset + filled)
                )
                if read > 0 {
                    filled += read
                } else if read == 0 {
                    return
                } else if errno != EINTR {
                    result = .failure(.last)
                    return
                }
            }
        }
        _ = try result.get()
        return bytes
    }

    deinit { close(self.descriptor) }

    /// Reads what comes next.
    ///
    /// - Parameter bytes: where to.
    /// - Returns: how many bytes were read; 0 at the end of the file.
    /// - Throws: if it cannot be read.
    package func read(into bytes: inout [UInt8]) throws(SystemError) -> Int {
        while true {
            let count = bytes.withUnsafeMutableBytes { PaddockSystem.read(self.descriptor, $0.baseAddress, $0.count) }
            if count >= 0 { return count }
            if errno != EINTR { throw .last }
        }
    }
}
