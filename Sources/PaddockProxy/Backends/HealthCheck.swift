// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

/// How a backend is asked whether it is healthy.
package struct HealthCheck: Equatable, Sendable {
    /// What is asked of every backend that has no path of its own.
    private static let standardPath = "/api/version"

    /// The path that the operator gave it, with its query.
    private let ownPath: String?
    /// How long after a check of a backend that is healthy the next one follows.
    let interval: Duration

    /// - Parameters:
    ///   - path: a path with its query, of which only a status of 200 to 399 says that it is healthy. Defaults to nil:
    ///     `/api/version`, of which any status below 500 does, as other servers than Ollama do not have it.
    ///   - interval: how long after a check of a healthy backend the next one follows. Defaults to 5 seconds.
    package init(path: String? = nil, interval: Duration = .seconds(5)) {
        self.ownPath = path
        self.interval = interval
    }

    /// What is asked: a path, with its query if it has one.
    var path: String { self.ownPath ?? Self.standardPath }

    /// Whether a status says that the backend is healthy.
    func accepts(_ status: Int) -> Bool { self.ownPath == nil ? status < 500 : 200...399 ~= status }
}
