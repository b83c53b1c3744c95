// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The name of the machine that this process runs on.
package enum MachineName {
    /// The host name of the system; empty if there is none.
    package static func read() -> String {
        var name = [UInt8](repeating: 0, count: 256)
        let isRead = name.withUnsafeMutableBytes { bytes in
            guard let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return false }
            return gethostname(start, bytes.count - 1) == 0
        }
        return isRead ? String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) : ""
    }
}
