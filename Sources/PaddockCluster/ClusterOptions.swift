// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// The times of a cluster.
package struct ClusterOptions: Sendable {
    /// How long a coordinator is in office without renewing its lease in the store, and how long a member counts as led without hearing
    /// from its coordinator.
    package var lease = Nanoseconds.seconds(2)
    /// How long the slots of a member that is silent count as held.
    package var grace = Nanoseconds.seconds(300)
    /// How long a member that is silent keeps its share; it starts nothing any more after that, so that hosts that are gone for good do not
    /// take slots for ever.
    package var forget = Nanoseconds.seconds(3_600)
    /// Whether a member without a coordinator starts requests within its share.
    package var worksAlone = true

    /// The times of the defaults.
    package init() {}

    /// The time between two signs of life.
    var beat: Nanoseconds { self.lease / 4 }
    /// How long after its last answer a member counts as silent: sooner than it notices, though nothing depends on that.
    var silence: Nanoseconds { self.lease / 10 * 9 }
    /// How long after a question a lease that was granted counts: the store counts from when it got the question, with another clock.
    var office: Nanoseconds { self.lease / 5 * 4 }
}
