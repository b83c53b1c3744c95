// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A key of the keyboard.
enum Key: Equatable {
    case character(Character)
    case up, down, pageUp, pageDown, home, end
    case enter, escape, backspace
    /// Ctrl with a letter.
    case control(Character)
}

/// Turns what a terminal sends into keys.
struct KeyReader {
    /// The beginning of a key that is not all there yet.
    private var rest: [UInt8] = []

    /// The keys in a piece of input.
    mutating func keys(in bytes: [UInt8]) -> [Key] {
        var input = (self.rest + bytes)[...]
        self.rest = []
        var keys: [Key] = []
        while let byte = input.first {
            if byte == 0x1B, input.count > 1, [0x5B, 0x4F].contains(input[input.startIndex + 1]) {
                // ESC [ … or ESC O …, up to a byte that ends it.
                guard let end = input.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else {
                    // Longer than any key: noise.
                    if input.count < 16 { self.rest = Array(input) }
                    return keys
                }
                if let key = Self.named(Array(input[(input.startIndex + 2)...end])) { keys.append(key) }
                input = input[(end + 1)...]
            } else {
                if let key = Self.single(byte) { keys.append(key) }
                input = input.dropFirst()
            }
        }
        return keys
    }

    private static func single(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x0D, 0x0A: .enter
        case 0x1B: .escape
        case 0x7F, 0x08: .backspace
        case 0x01...0x1A: .control(Character(Unicode.Scalar(byte + 0x60)))
        case 0x20...0x7E: .character(Character(Unicode.Scalar(byte)))
        default: nil
        }
    }

    private static func named(_ sequence: [UInt8]) -> Key? {
        switch String(decoding: sequence, as: UTF8.self) {
        case "A": .up
        case "B": .down
        case "H", "1~": .home
        case "F", "4~": .end
        case "5~": .pageUp
        case "6~": .pageDown
        default: nil
        }
    }
}
