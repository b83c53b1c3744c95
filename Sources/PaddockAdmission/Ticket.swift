// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Names one live request, from its arrival to its end.
///
/// A ticket that outlives its request is harmless: it never names another one.
package struct Ticket: Hashable, Sendable {
    /// The row in the table of requests.
    let index: RequestIndex
    /// The number of the request in order of arrival, counted over the life of the process.
    let sequence: UInt64
}
