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

    init(index: RequestIndex, sequence: UInt64) {
        self.index = index
        self.sequence = sequence
    }

    /// The ticket as one number, by which a cluster names a request together with the member that it came to.
    package var number: UInt64 { self.sequence << Self.rowBits | UInt64(self.index.row) }

    /// Makes a ticket of its ``number``; one of any other number names no request.
    package init(number: UInt64) {
        self.index = RequestIndex(row: Int32(number & (1 << Self.rowBits - 1)))
        self.sequence = number >> Self.rowBits
    }

    /// How many bits of a number name the row: many more rows than a process can have connections.
    private static let rowBits: UInt64 = 24
}
