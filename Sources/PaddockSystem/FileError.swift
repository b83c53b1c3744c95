// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a file could not be opened.
package struct FileError: Error, Equatable, CustomStringConvertible {
    /// The name of the file.
    package let path: String
    /// The operating system's message.
    package let reason: String

    /// Makes an error.
    package init(path: String, _ error: SystemError) {
        self.path = path
        self.reason = error.description
    }

    package var description: String { "\(self.path): \(self.reason)" }
}
