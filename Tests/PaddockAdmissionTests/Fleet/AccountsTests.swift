// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("Accounts")
struct AccountsTests {
    private let second = 1e9

    private func arrive(_ accounts: inout Accounts, _ name: String, at seconds: Int64) -> AccountIndex {
        accounts.arrived(Client(name: name), .interactive, share: 1, slack: 40e9, now: .seconds(seconds))
    }

    @Test("Clients that are ever new do not stay in front of one that is known")
    func everNewClients() {
        var accounts = Accounts()
        let known = self.arrive(&accounts, "known", at: 0)
        let other = self.arrive(&accounts, "other", at: 0)
        accounts.charge(known, 60 * self.second)
        var newcomers = [self.arrive(&accounts, "new-0", at: 0)]
        accounts.ended(other, now: .seconds(0))
        for turn in 1...500 {
            newcomers.append(self.arrive(&accounts, "new-\(turn)", at: Int64(turn)))
            let next = newcomers.removeFirst()
            if accounts.service(of: known) < accounts.service(of: next) {
                #expect(turn > 30, "it has had 30 s more than its part")
                return
            }
            accounts.charge(next, self.second)
            accounts.ended(next, now: .seconds(Int64(turn)))
        }
        Issue.record("it would wait for ever")
    }

    @Test("Clients that take turns in pausing do not stay in front of one that never pauses")
    func clientsTakingTurns() {
        var accounts = Accounts()
        let known = self.arrive(&accounts, "known", at: 0)
        _ = self.arrive(&accounts, "other", at: 0)
        accounts.charge(known, 60 * self.second)
        for turn in 1...5_000 {
            let next = self.arrive(&accounts, "turn-\(turn % 50)", at: Int64(turn))
            if accounts.service(of: known) < accounts.service(of: next) { return }
            accounts.charge(next, self.second)
            accounts.ended(next, now: .seconds(Int64(turn) + 1))
        }
        Issue.record("it would wait for ever")
    }

    @Test("After a long time alone a client is not behind a newcomer for as long")
    func longTimeAlone() {
        var accounts = Accounts()
        let known = self.arrive(&accounts, "known", at: 0)
        accounts.charge(known, 36_000 * self.second)
        accounts.ended(known, now: .seconds(36_000))
        let new = self.arrive(&accounts, "new", at: 36_001)
        let again = self.arrive(&accounts, "known", at: 36_001)
        #expect(abs(accounts.service(of: new) - accounts.service(of: again)) < 2 * self.second)
    }
}
