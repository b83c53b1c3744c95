// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The verbosity on standard error: messages of this level and of the levels before it.
package enum LogLevel: String, CaseIterable, Sendable {
    /// Something does not work that should, such as a configuration that cannot be loaded.
    case error
    /// Something needs a look, such as a backend that does not answer.
    case warning
    /// The life of the process: backends that answer again, reloads, the end.
    case info
    /// Each request that fails, and why. Affordable under load.
    case debug
}
