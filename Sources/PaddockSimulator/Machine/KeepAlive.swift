// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How long a model stays loaded after its last request.
enum KeepAlive: Equatable, Sendable {
    /// Never unloaded for being idle.
    case forever
    /// Nanoseconds after the last request; 0 unloads at once.
    case nanoseconds(Int64)
}
