// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How the lines of the access log look.
package enum AccessLogFormat: String, CaseIterable, Sendable {
    /// There is none.
    case off
    /// `key=value` pairs in columns.
    case text
    /// One JSON object a line.
    case json
}
