// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A member cannot listen for the others at its `cluster.listen`.
package struct LinkAddressError: Error {
    /// Where it was to listen.
    package let address: String
    /// What the system says.
    package let reason: any Error
}
