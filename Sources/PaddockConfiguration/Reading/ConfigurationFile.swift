// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem

/// The name and bytes of a configuration file.
package struct ConfigurationFile: Equatable, Sendable {
    /// The name as it was given, which messages repeat.
    package let name: String

    /// The content of the file.
    package let bytes: [UInt8]

    /// Makes a file of its parts.
    ///
    /// - Parameters:
    ///   - name: The name that messages show.
    ///   - bytes: The content of the file.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// The file that is read if no other is named: in the current folder.
    package static let standardName = "paddock.yaml"

    /// The largest file that is read, in bytes: 1 MiB.
    package static let maximumBytes = 1 << 20

    /// Reads the configuration file.
    ///
    /// - Parameter path: The file that `--config` names, or `nil` for `paddock.yaml` if there is one.
    /// - Returns: The file, or `nil` if none was named and there is no `paddock.yaml`.
    /// - Throws: The error's line if a file cannot be read.
    package static func find(path: String?) throws(ConfigurationError) -> ConfigurationFile? {
        let name = path ?? Self.standardName
        do throws(SystemError) {
            let bytes = try InputFile.bytes(of: name, upTo: Self.maximumBytes, waits: true)
            return ConfigurationFile(name: name, bytes: bytes)
        } catch {
            if path == nil, error.code == ENOENT { return nil }
            throw ConfigurationError(
                place: path == nil ? name : "flag --config",
                problem: "\(name.shown) cannot be read (\(error))",
                remedy: "give " + InvalidValue.wantedFile
            )
        }
    }
}
