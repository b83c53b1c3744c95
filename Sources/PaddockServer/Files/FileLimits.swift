// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How much room the files of clients may take, and for how long (contract section 1).
package struct FileLimits: Equatable, Sendable {
    /// How many files a client may have, outputs included, before it can upload another one.
    package static let perClient = 1_000
    /// What a file counts for beside its bytes, as an empty one takes room, too.
    package static let overhead = 4_096

    /// The most that all files may take, in bytes. Defaults to 10 GiB.
    package var total = 10 << 30
    /// The largest upload, in bytes. Defaults to 200 MiB.
    package var upload = 200 << 20
    /// How many days a file is kept. Defaults to 30.
    package var days = 30

    package init() {}
}
