// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// All addresses that begin with the same bits: one address, or a block in CIDR notation such as `10.0.0.0/8`.
package struct AddressBlock: Hashable, Sendable, CustomStringConvertible {
    /// The text that it was read from.
    package let description: String
    private let first: IPAddress
    private let mask: UInt128

    /// Reads an address or a block.
    ///
    /// The result is `nil` for anything else. Bits after the prefix do not matter.
    ///
    /// - Parameter text: The text.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        self.description = text
        self.first = address
        guard parts.count == 2 else {
            self.mask = .max
            return
        }
        let before = address.isIPv4 && !parts[0].contains(":") ? IPAddress.mappedBitCount : 0
        guard 1...3 ~= parts[1].utf8.count, parts[1].utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }),
            let length = Int(parts[1]), before + length <= IPAddress.bitCount
        else { return nil }
        let rest = IPAddress.bitCount - before - length
        self.mask = rest == IPAddress.bitCount ? 0 : UInt128.max << UInt128(rest)
    }

    /// Whether an address is one of them.
    ///
    /// - Parameter address: The address.
    package func contains(_ address: IPAddress) -> Bool {
        (self.first.bits ^ address.bits) & self.mask == 0
    }
}
