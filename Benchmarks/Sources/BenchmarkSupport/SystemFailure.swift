// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A system call that failed, or an option that makes no sense: the tools print it and end.
package struct SystemFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// Names the call and what `errno` says.
    package init(call: String) {
        self.description = "\(call): \(String(cString: strerror(errno)))"
    }
}
