// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockCluster

/// Where the members of a cluster find each other, and who coordinates: an engine that people run already.
package protocol ClusterStore: Sendable {
    /// Asks a question; the store takes it as one step.
    ///
    /// - Returns: What the store has after it.
    /// - Throws: Why there is no answer. The next question connects anew if it has to.
    func ask(_ question: StoreQuestion) async throws(StoreFailure) -> StoreReading

    /// Closes all connections; for good.
    func close() async
}

/// Why a store has not answered.
package enum StoreFailure: Error, Hashable, Sendable {
    /// No connection; with the reason in the system's words.
    case unreachable(String)
    /// No answer in time.
    case timedOut
    /// The store has closed the connection.
    case closed
    /// It was tried a moment ago, and is tried again soon.
    case pausing
    /// The store says no; with its words.
    case refused(String)
    /// What came is not the protocol of this store; with what it is.
    case notUnderstood(String)

    /// The failure in a few words.
    package var text: String {
        switch self {
        case .unreachable(let reason): "cannot be reached: \(reason)"
        case .timedOut: "does not answer"
        case .closed: "has closed the connection"
        case .pausing: "is tried again soon"
        case .refused(let reason): "refuses: \(reason)"
        case .notUnderstood(let reason): "does not speak the protocol: \(reason)"
        }
    }
}
