// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who asked: gets what the state machine produces.
protocol RequestClient: AnyObject {
    /// That many further tokens are there.
    func produced(tokens: Int)
    /// The request is done.
    func finished(_ report: RequestReport)
    /// The request is refused, or fails after a part of its answer.
    func refused(_ refusal: Refusal)
}

/// A request that is being answered on a connection.
protocol Exchange: AnyObject {
    /// The connection takes more, or does not.
    func writabilityChanged(isWritable: Bool)
    /// The client went away: nothing can be written any more.
    func cancel()
}
