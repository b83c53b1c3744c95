// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockBase

/// What has become of a request in a ``VirtualGateway``, named by the number that it was given.
package enum VirtualEvent: Hashable, Sendable {
    /// It waits.
    ///
    /// - Parameter estimatedWait: For how long, about; nil if there is too little to go by.
    case queued(Int32, estimatedWait: Nanoseconds?)
    /// It has its slot.
    case started(Int32)
    /// Its backend has its model loaded, and works on it.
    case served(Int32)
    /// It has ended, with a slot or without.
    case ended(Int32, Ending)
}
