// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An error number of the operating system.
package struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The number, such as `ENOENT`.
    package let code: Int32

    /// Makes an error.
    package init(code: Int32) { self.code = code }

    /// That of the call that has just failed on this thread.
    package static var last: SystemError { SystemError(code: errno) }

    /// What the system says about it, such as `No such file or directory`.
    package var description: String { String(cString: strerror(self.code)) }
}
