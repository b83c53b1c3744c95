// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The ids of the requests of one event loop.
final class RequestIDs {
    private var source = RequestIDSource()

    /// A fresh id.
    func next() -> String { self.source.next() }
}
