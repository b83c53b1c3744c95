// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// In which header a trusted proxy says where a request comes from; the other one is not believed.
package enum ForwardedFormat: String, CaseIterable, Sendable {
    /// `X-Forwarded-For`.
    case forwardedFor = "x-forwarded-for"
    /// `Forwarded` (RFC 7239).
    case rfc7239
}
