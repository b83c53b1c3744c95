// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Where what stays over restarts is kept.
package enum StateSetting: Equatable, Sendable {
    /// In the folder that the environment names; without one, in memory.
    case auto
    /// Nowhere: there is no store.
    case off
    /// In this folder, which has to work.
    case folder(String)
}

extension StateSetting: CustomStringConvertible {
    /// The value as it is written in a file.
    package var description: String {
        switch self {
        case .auto: "auto"
        case .off: "off"
        case .folder(let path): path
        }
    }
}
