// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// Lists of addresses and blocks of them as text.
enum AddressBlockText {
    /// Reads one address or block.
    static func parse(_ text: String) throws(InvalidValue) -> AddressBlock {
        guard let block = AddressBlock(text) else {
            throw InvalidValue("\(text.shown) is neither an address nor a CIDR block")
        }
        return block
    }
}
