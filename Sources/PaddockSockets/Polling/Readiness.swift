// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets

/// What a descriptor is ready for, or what one wants to know of it.
struct Readiness: OptionSet {
    let rawValue: UInt32

    /// There is something to read, or the end of it.
    static let readable = Readiness(rawValue: UInt32(paddock_readable))
    /// Something can be written.
    static let writable = Readiness(rawValue: UInt32(paddock_writable))
    /// The other side sends no more; there may be something to read before that.
    static let peerEnded = Readiness(rawValue: UInt32(paddock_peer_ended))
    /// Each wake is reported once.
    static let wokenOnce = Readiness(rawValue: UInt32(paddock_woken_once))
    /// It is broken, or both sides have closed it. Always reported.
    static let failed = Readiness(rawValue: UInt32(paddock_failed))
}
