// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// A gateway to replay requests through.
package struct ReplaySetting: Sendable {
    /// A client in a configuration.
    package struct DeclaredClient: Hashable, Sendable {
        /// Its weight.
        package var weight: Double
        /// Its class at best.
        package var ceiling: RequestClass

        /// Makes a client.
        package init(weight: Double, ceiling: RequestClass) {
            self.weight = weight
            self.ceiling = ceiling
        }
    }

    /// Its limits, who is next, its backends.
    package var admission: AdmissionOptions
    /// What differs from the trace for clients of these names.
    ///
    /// Defaults to nothing.
    package var clients: [String: DeclaredClient] = [:]
    /// How long a request may take to begin its reply, unless its client waits less long.
    ///
    /// Defaults to `nil`: as long as it could when it was recorded.
    package var timeout: Duration?

    /// What its backends hold and how long loads take; a backend whose `max_loaded` is stated holds that many models.
    ///
    /// Defaults to `nil`: every model counts as loaded everywhere.
    package var loads: RecordedLoads?

    /// Makes a setting in which clients are as in the trace.
    package init(_ admission: AdmissionOptions) { self.admission = admission }
}
