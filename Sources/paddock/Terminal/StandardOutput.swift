// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem

/// What the commands print.
enum StandardOutput {
    /// Writes all of a text, as far as somebody reads it.
    ///
    /// - Throws: `CommandFailure` if it cannot be written, such as on a full disk. If the reader is gone (`| head`), there is
    ///   nothing left to do, and the process ends.
    static func write(_ text: String) throws(CommandFailure) {
        let bytes = Array(text.utf8)
        guard let error = bytes.withUnsafeBytes({ SystemCall.write($0, to: STDOUT_FILENO).error }) else { return }
        if error.code == EPIPE { _exit(ExitStatus.success.rawValue) }
        throw CommandFailure(.outputError, "the output cannot be written (\(error))")
    }
}
