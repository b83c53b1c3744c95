// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A route that is queued, or is not, other than by default.
package struct QueuedRouteChange: Equatable, Sendable, CustomStringConvertible {
    /// The path.
    package var path: String
    /// Whether it is queued.
    package var isQueued: Bool

    /// - Parameters:
    ///   - path: The path.
    ///   - isQueued: Whether it is queued from now on.
    package init(path: String, isQueued: Bool) {
        self.path = path
        self.isQueued = isQueued
    }

    /// Reads a path, with a hyphen in front of it if it is not to be queued.
    static func parse(_ text: String) throws(InvalidValue) -> QueuedRouteChange {
        let isQueued = !text.hasPrefix("-")
        return QueuedRouteChange(
            path: try RouteText.parse(isQueued ? text : String(text.dropFirst())),
            isQueued: isQueued
        )
    }

    package var description: String { (self.isQueued ? "" : "-") + self.path }
}
