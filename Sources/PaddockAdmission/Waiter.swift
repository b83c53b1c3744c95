// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who is told what becomes of a request.
///
/// Called after the lock of the controller has been released, on the thread of whatever event caused it: hop to the right event
/// loop, do not work here.
package protocol Waiter: AnyObject, Sendable {
    /// Something has become of the request.
    ///
    /// - Parameter answer: What.
    func hear(_ answer: WaiterAnswer)

    /// What its request does just now; asked from any thread. Defaults to nil: that is not known.
    var progress: LiveProgress? { get }
}

extension Waiter {
    /// Not known.
    package var progress: LiveProgress? { nil }
}
