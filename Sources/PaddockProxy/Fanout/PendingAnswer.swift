// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An answer in the making that several backends have a part in.
protocol PendingAnswer: AnyObject {
    /// Whether it is still given to a client that has said all that it will.
    var outlivesInput: Bool { get }
    /// Nobody wants it any more.
    func cancel()
}
