// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockProxy
internal import Synchronization

/// Knows what the connections of clients do, once there is a listener.
package final class ConnectionBoard: Sendable {
    private let survey = Mutex<(@Sendable () async -> ConnectionSurvey)?>(nil)

    /// No listener yet.
    package init() {}

    /// Says who knows the connections.
    func start(_ survey: @escaping @Sendable () async -> ConnectionSurvey) { self.survey.withLock { $0 = survey } }

    /// What the connections do now; none before there is a listener.
    package func read() async -> ConnectionSurvey {
        await self.survey.withLock { $0 }?() ?? ConnectionSurvey()
    }
}
