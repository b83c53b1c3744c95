// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Something with a descriptor that an event loop watches.
protocol Pollable: AnyObject {
    /// The descriptor is ready for something.
    func ready(_ readiness: Readiness)
    /// The event loop ends, and with it everything on it.
    func loopEnds()
}
