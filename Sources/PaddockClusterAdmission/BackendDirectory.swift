// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

/// The backends of a member by the URLs that all members know them by.
package protocol BackendDirectory: Sendable {
    /// The URL of a backend.
    func url(of backend: BackendIndex) -> String

    /// The backend with a URL; nil if this member has none such.
    func backend(_ url: String) -> BackendIndex?
}
