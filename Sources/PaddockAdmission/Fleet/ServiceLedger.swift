// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What requests cost their clients: their time, or what their tokens count as.
///
/// It prices requests for the queues of the runners (in slot time), and keeps the ``Accounts`` of the clients over all models and backends
/// (in machine time). What a request costs is estimated when it starts, and corrected when it ends.
struct ServiceLedger {
    /// The least that a request is charged when it starts if fairness goes by tokens, in nanoseconds: what outruns its charge is charged as
    /// much again, and that is not to happen all the time.
    static let leastCharge: Int64 = 1_000_000

    private(set) var accounts = Accounts()
    /// What a token counts as in the queues, and in the accounts.
    private var slotPrice = TokenPrice()
    private var machinePrice = TokenPrice()

    // MARK: - Queues

    /// What a request of a model is charged when it starts, in nanoseconds of slot time, if fairness goes by tokens.
    func charge(forTokensOf model: ModelPlacement) -> Int64 {
        guard let tokens = model.typicalTokens else { return model.typical }
        return max(Self.leastCharge, Self.nanoseconds(tokens * self.slotPrice.nanoseconds))
    }

    /// What a request has cost that used tokens, in nanoseconds of slot time.
    ///
    /// - Parameter slotTime: How long it held its slots, in nanoseconds.
    mutating func cost(of tokens: Double, in slotTime: Int64) -> Int64 {
        let cost = Self.nanoseconds(tokens * self.slotPrice.nanoseconds)
        self.slotPrice.learn(tokens, in: Double(slotTime))
        return cost
    }

    private static func nanoseconds(_ cost: Double) -> Int64 { Int64(min(max(0, cost), 1e17)) }

    // MARK: - Accounts

    /// A request of a client has arrived; see ``Accounts/arrived(_:_:share:slack:now:)``.
    mutating func arrived(
        _ client: Client,
        _ requestClass: RequestClass,
        share: Double,
        slack: Double,
        now: Instant
    ) -> AccountIndex {
        self.accounts.arrived(client, requestClass, share: share, slack: slack, now: now)
    }

    /// A request with an account starts on a backend that is watched.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - tokens: What a request of its model uses, if fairness goes by tokens and that is known.
    ///   - time: Else: what it is expected to take, in nanoseconds of machine time.
    ///   - reading: The clock of the backend.
    mutating func started<Payload>(
        _ request: RequestIndex,
        tokens: Double?,
        orTime time: Double,
        at reading: Double,
        in requests: inout RequestTable<Payload>
    ) {
        let charge = tokens.map { $0 * self.machinePrice.nanoseconds } ?? time
        requests.entries[request].machineStart = reading
        requests.entries[request].machineCharge = charge
        self.accounts.charge(requests.entries[request].account, charge)
    }

    /// A request has taken so many nanoseconds of machine time, and has not ended: its account has to have been charged that at least.
    mutating func took<Payload>(
        atLeast time: Double,
        _ request: RequestIndex,
        in requests: inout RequestTable<Payload>
    ) {
        guard time > requests.entries[request].machineCharge else { return }
        self.accounts.charge(requests.entries[request].account, time - requests.entries[request].machineCharge)
        requests.entries[request].machineCharge = time
    }

    /// A request ends whose account was charged.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - tokens: What it used, if fairness goes by tokens and that is known.
    ///   - time: What it took, in nanoseconds of machine time.
    mutating func ended<Payload>(
        _ request: RequestIndex,
        tokens: Double?,
        time: Double,
        in requests: RequestTable<Payload>
    ) {
        var cost = time
        if let tokens {
            cost = tokens * self.machinePrice.nanoseconds
            self.machinePrice.learn(tokens, in: time)
        }
        self.accounts.charge(requests.entries[request].account, cost - requests.entries[request].machineCharge)
    }

    /// Those who wait for a load pay for it, in equal parts.
    ///
    /// - Parameter time: How long it is expected to take, in nanoseconds: a load has no tokens.
    mutating func loads(for payers: [AccountIndex], time: Int64) {
        for account in payers { self.accounts.charge(account, Double(time) / Double(payers.count)) }
    }

    /// A client is not allowed to run, or is again; see ``Accounts/setHeld(_:_:)``.
    mutating func setHeld(_ client: String, _ isHeld: Bool) { self.accounts.setHeld(client, isHeld) }

    /// A request of an account has ended, or left its queue for good.
    mutating func forget(_ account: AccountIndex, now: Instant) { self.accounts.ended(account, now: now) }
}
