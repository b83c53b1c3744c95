// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The version of this program.
package enum PaddockVersion {
    /// As semantic versioning writes it.
    package static let text = "0.1.0"

    /// The day from which the version is counted, for the manual page.
    package static let date = "2026-11-24"
}
