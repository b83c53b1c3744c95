// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import Logging
internal import PaddockBase
package import PaddockConfiguration
internal import Synchronization

/// The level of the process's own messages, which changes while it runs.
package final class LogLevelSetting: Sendable {
    private let index: Atomic<Int>

    /// - Parameter level: The level at the start.
    package init(_ level: LogLevel) { self.index = Atomic(Self.index(of: level)) }

    /// The level that holds now.
    package var level: LogLevel {
        get { LogLevel.allCases[self.index.load(ordering: .relaxed)] }
        set { self.index.store(Self.index(of: newValue), ordering: .relaxed) }
    }

    private static func index(of level: LogLevel) -> Int { LogLevel.allCases.firstIndex(of: level) ?? 0 }
}

extension LogLevel {
    /// The same level to the logging library.
    package var loggerLevel: Logger.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .info: .info
        case .debug: .debug
        }
    }
}
