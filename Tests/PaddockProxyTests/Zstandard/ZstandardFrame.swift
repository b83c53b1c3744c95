// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Frames written by hand (RFC 8878 §3.1.1): a magic number, a window, blocks that are raw or one repeated byte.
enum ZstandardFrame {
    static func raw(_ bytes: [UInt8], windowLog: Int = 17) -> [UInt8] {
        self.head(windowLog) + self.blockHead(type: 0, count: bytes.count, isLast: true) + bytes
    }

    static func repeating(_ byte: UInt8, count: Int, windowLog: Int = 17) -> [UInt8] {
        let most = 131_072
        var frame = self.head(windowLog)
        for start in stride(from: 0, to: count, by: most) {
            let length = min(most, count - start)
            frame += self.blockHead(type: 1, count: length, isLast: start + length == count) + [byte]
        }
        return frame
    }

    private static func head(_ windowLog: Int) -> [UInt8] {
        [0x28, 0xB5, 0x2F, 0xFD, 0x00, UInt8(windowLog - 10) << 3]
    }

    private static func blockHead(type: Int, count: Int, isLast: Bool) -> [UInt8] {
        let head = count << 3 | type << 1 | (isLast ? 1 : 0)
        return [0, 8, 16].map { UInt8(truncatingIfNeeded: head >> $0) }
    }
}
