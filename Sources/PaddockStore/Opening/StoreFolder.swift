// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The folder of the store if none was named: a pure function of the environment.
package enum StoreFolder {
    /// The variables that it depends on.
    package struct Environment: Equatable, Sendable {
        /// `STATE_DIRECTORY`, which systemd sets: one or several folders, separated by colons.
        package var stateDirectory: String?
        /// `XDG_STATE_HOME`.
        package var stateHome: String?
        /// `HOME`.
        package var home: String?

        /// - Parameters:
        ///   - stateDirectory: `STATE_DIRECTORY`.
        ///   - stateHome: `XDG_STATE_HOME`.
        ///   - home: `HOME`.
        package init(stateDirectory: String? = nil, stateHome: String? = nil, home: String? = nil) {
            self.stateDirectory = stateDirectory
            self.stateHome = stateHome
            self.home = home
        }
    }

    /// The folder: the first of `STATE_DIRECTORY`, else `$XDG_STATE_HOME/paddock`, else `~/.local/state/paddock`.
    ///
    /// Relative paths count as unset, as the XDG Base Directory Specification says.
    ///
    /// - Returns: nil if nothing names one.
    package static func automatic(_ environment: Environment) -> String? {
        if let first = environment.stateDirectory?.split(separator: ":").first, first.hasPrefix("/") {
            return String(first)
        }
        if let home = environment.stateHome, home.hasPrefix("/") { return Self.joined(home, "paddock") }
        if let home = environment.home, home.hasPrefix("/") { return Self.joined(home, ".local/state/paddock") }
        return nil
    }

    /// A path below a folder.
    static func joined(_ folder: String, _ name: String) -> String {
        folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }
}
