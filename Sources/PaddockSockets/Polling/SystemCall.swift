// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// Results of the calls in CSockets.
enum SystemCall {
    /// Throws the error of a negative result.
    @discardableResult
    static func check(_ result: Int32, _ name: String) throws(IOError) -> Int32 {
        guard result >= 0 else { throw IOError(errnoCode: -result, reason: name) }
        return result
    }
}
