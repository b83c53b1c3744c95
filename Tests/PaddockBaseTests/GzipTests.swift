// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

struct GzipTests {
    // Python's `zlib` reads these.
    @Test func literalsAndACopyHaveTheFixedCodes() {
        let head: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        #expect(Gzip.compress([]) == head + [3, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(Gzip.compress(Array("a".utf8)) == head + [0x4B, 4, 0, 0x43, 0xBE, 0xB7, 0xE8, 1, 0, 0, 0])
        let ten = [0x4B, 0x84, 3, 0, 0xF0, 0xCD, 0x11, 0x4C, 10, 0, 0, 0] as [UInt8]
        #expect(Gzip.compress(Array("aaaaaaaaaa".utf8)) == head + ten)
    }

    @Test func whatRepeatsTakesLittle() {
        let text = (0..<2000).map { "line \($0 % 7) of a script;\n" }.joined()
        #expect(Gzip.compress(Array(text.utf8)).count < text.utf8.count / 20)
    }
}
