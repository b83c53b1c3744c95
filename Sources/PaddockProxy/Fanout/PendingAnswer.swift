// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// An answer in the making that several backends have a part in.
protocol PendingAnswer: AnyObject {
    /// Whether it is still sent to a client that has closed its side.
    var outlivesInput: Bool { get }
    /// It is no longer wanted.
    func cancel()
}
