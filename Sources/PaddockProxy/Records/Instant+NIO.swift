// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import PaddockBase
internal import PaddockSystem

extension Instant {
    /// The time of the event loops' clock, which never goes back.
    package static func now() -> Instant { Instant(NIODeadline.now()) }

    /// What the nanoseconds of an instant lack, at present, to be those since 1970.
    package static func offsetSince1970() -> Int64 { WallClock.nanosecondsSince1970() - Self.now().nanoseconds }

    /// The same instant on the event loops' clock.
    init(_ deadline: NIODeadline) {
        self.init(nanoseconds: Int64(clamping: deadline.uptimeNanoseconds))
    }

    /// The instant as a deadline of an event loop.
    package var deadline: NIODeadline { .uptimeNanoseconds(UInt64(clamping: self.nanoseconds)) }
}
