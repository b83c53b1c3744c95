// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What the simulator takes from a prompt: how long it is, and a number that stands for its text.
struct PromptDigest: Equatable, Sendable {
    private(set) var byteCount = 0
    /// FNV-1a over all text.
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    init(_ text: String) {
        self.add(text)
    }

    mutating func add(_ text: String) {
        var hash = self.hash
        for byte in text.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        self.hash = hash
        self.byteCount += text.utf8.count
    }

    /// About four bytes a token, at least one.
    var tokens: Int { max(1, (self.byteCount + 3) / 4) }
}
