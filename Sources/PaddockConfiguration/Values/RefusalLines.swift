// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Which lines the access log has for requests that Paddock refuses itself.
package enum RefusalLines: String, CaseIterable, Sendable {
    /// One at once, and then one every ten seconds for all further ones of the same client with the same error.
    case bursts
    /// One for each request.
    case each
}
