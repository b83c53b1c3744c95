// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The object that began an exchange, and continues after it.
protocol ExchangeOwner: AnyObject {
    /// The request is over; the exchange may begin the next one. It is the last call of its event.
    func exchangeEnded(_ next: AfterReply)
    /// Another deadline holds.
    func deadlineMoved()
    /// More of the request's body is wanted, or no more for the moment.
    func inputDemandChanged()
}
