// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The name and bytes of a configuration file.
package struct ConfigurationFile: Equatable, Sendable {
    /// The name as it was given, which messages repeat.
    package let name: String

    /// What the file holds.
    package let bytes: [UInt8]

    /// Makes a file of its parts.
    ///
    /// - Parameters:
    ///   - name: The name that messages show.
    ///   - bytes: What the file holds.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// The file that is read where no other is named: in the current folder.
    package static let standardName = "paddock.yaml"

    /// The largest file that is read, in bytes: 1 MiB.
    package static let maximumBytes = 1 << 20

    /// Reads the configuration file.
    ///
    /// - Parameter path: The file that `--config` names, or `nil` for `paddock.yaml` where there is one.
    /// - Returns: The file, or `nil` where none was named and there is no `paddock.yaml`.
    /// - Throws: The error's line where a file cannot be read.
    package static func find(path: String?) throws(ConfigurationError) -> ConfigurationFile? {
        let name = path ?? Self.standardName
        let descriptor = open(name, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            if path == nil, code == ENOENT {
                return nil
            }
            throw Self.unreadable(name, code, path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        // One byte more than allowed is enough for the loader to refuse the file.
        while bytes.count <= Self.maximumBytes {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 {
                break
            }
            if count > 0 {
                bytes += piece[..<count]
            } else if errno != EINTR {
                throw Self.unreadable(name, errno, path)
            }
        }
        return ConfigurationFile(name: name, bytes: bytes)
    }

    private static func unreadable(_ name: String, _ code: Int32, _ path: String?) -> ConfigurationError {
        ConfigurationError(
            place: path == nil ? name : "flag --config",
            problem: "\(name.shown) cannot be read (\(String(cString: strerror(code))))",
            remedy: "give the name of a file that is there and readable"
        )
    }
}
