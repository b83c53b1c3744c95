// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem

/// Standard input, output and error.
enum StandardStreams {
    /// Opens those that the process was started without, to nowhere.
    ///
    /// Else the first socket would take the number of standard output, and some client would be sent the access log.
    static func open() {
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is given, which is this one.
            _ = PaddockSystem.open("/dev/null", O_RDWR)
        }
    }
}
