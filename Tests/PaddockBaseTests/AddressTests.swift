// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@Suite("Addresses and blocks of them")
struct AddressTests {
    @Test(
        "Different spellings are one address",
        arguments: [
            ("127.0.0.1", "::ffff:127.0.0.1"), ("10.0.0.7", "::FFFF:a00:7"), ("2001:db8::7", "2001:DB8:0:0:0:0:0:7"),
            ("::", "0:0:0:0:0:0:0:0"), ("1::", "1:0:0:0:0:0:0:0"), ("::1", "0::1"),
            ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ]
    )
    func spellings(one: String, other: String) {
        #expect(IPAddress(one) != nil)
        #expect(IPAddress(one) == IPAddress(other))
    }

    @Test(
        "Addresses that only the same machine can have",
        arguments: [
            ("127.0.0.1", true), ("127.255.255.255", true), ("::ffff:127.0.0.9", true), ("::1", true),
            ("126.255.255.255", false), ("128.0.0.0", false), ("0.0.0.0", false), ("::", false), ("::2", false),
            ("::127.0.0.1", false), ("7f00::1", false),
        ]
    )
    func loopback(text: String, isLoopback: Bool) {
        #expect(IPAddress(text)?.isLoopback == isLoopback)
    }

    @Test(
        "Anything but an address is refused",
        arguments: [
            "", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.+4", "1.2.3.4 ", "::1%lo", "[::1]", ":",
            ":::", "1::2::3",
            "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "1:2:3:4:5:6:7", "1:", ":1", "::1.2.3",
            "::256.1.1.1",
            "localhost", "1.2.3.4:80", "1..2.3", "::ffff:1.2.3.4:1", String(repeating: "1:", count: 40),
        ]
    )
    func noAddress(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "A block holds the addresses that begin like it",
        arguments: [
            ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3/8", "10.9.9.9", true),
            ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false), ("0.0.0.0/0", "9.9.9.9", true),
            ("0.0.0.0/0", "::1", false), ("::/0", "9.9.9.9", true), ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false), ("::1/128", "::1", true),
            ("192.168.1.128/25", "192.168.1.127", false),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
        ]
    )
    func blocks(block: String, address: String, isInside: Bool) throws {
        let block = try #require(AddressBlock(block))
        let address = try #require(IPAddress(address))
        #expect(block.contains(address) == isInside)
    }

    @Test(
        "Anything but a block is refused",
        arguments: [
            "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "/8", "::/129", "10.0.0.0/+8", "x/8",
            "10.0.0.0/008 ",
        ]
    )
    func noBlock(text: String) {
        #expect(AddressBlock(text) == nil)
    }
}
