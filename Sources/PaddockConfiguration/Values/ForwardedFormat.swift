// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The header in which a trusted proxy gives a client's address; the other one is ignored.
package enum ForwardedFormat: String, CaseIterable, Sendable {
    /// `X-Forwarded-For`.
    case forwardedFor = "x-forwarded-for"
    /// `Forwarded` (RFC 7239).
    case rfc7239
}
