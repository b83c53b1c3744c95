// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Who asks: the unit of fairness (contract section 10).
package struct Client: Hashable, Sendable {
    /// What listings show: a declared name, `user:` and an identity, or an address. At most some 130 characters.
    package let name: String
    /// Its part of the service among clients that wait, against the weights of the others: 0.01 to 100.
    package let weight: Double

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - name: Whom two requests with the same name come from.
    ///   - weight: Its weight. Defaults to 1.
    package init(name: String, weight: Double = 1) {
        self.name = name
        self.weight = weight
    }
}
