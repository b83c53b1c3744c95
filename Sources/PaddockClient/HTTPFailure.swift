// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why there is no whole reply.
package enum HTTPFailure: Error, Equatable {
    /// No connection came about; with the reason in the system's words.
    case unreachable(String)
    /// The reply was not complete in time.
    case timedOut
    /// The server closed the connection before the reply was complete.
    case closed
    /// What came is no HTTP.
    case notHTTP
    /// The reply is larger than the reader takes.
    case tooLarge
    /// The body of the request could not be read, or the reply could not be written; with the reason in the system's words.
    case noFile(String)
    /// The command gave it up.
    case cancelled
}
