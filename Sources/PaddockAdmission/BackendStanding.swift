// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Whether a backend gets requests, as far as operators decide that.
package enum BackendStanding: String, Hashable, Sendable {
    /// It has an index, but gets no request until everybody knows where it is.
    case joining
    /// It gets requests.
    case open
    /// It gets no new requests; the active ones end.
    case draining
    /// As draining, and when nothing is active on it any more it is shown nowhere. Its index stays its own, as records name it.
    case removed
}
