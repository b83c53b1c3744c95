// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why bytes are not JSON.
struct JSONError: Error, Equatable {
    let reason: String
    /// Where, counted in bytes from 0.
    let offset: Int
}
