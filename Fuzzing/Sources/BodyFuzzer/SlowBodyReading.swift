// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension BodyReading {
    /// As RFC 9112 §7.1 and the threat model say, chunk by chunk.
    init(slowly bytes: [UInt8]) { self.readChunks(bytes[...]) }

    private mutating func readChunks(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while true {
            let line = SizeLine(rest)
            switch line.size {
            case .cut: return
            case .wrong: return self.refuse()
            case .bytes(0): return self.readTrailers(line.rest)
            case .bytes(let size):
                self.data += line.rest.prefix(size)
                rest = line.rest.dropFirst(size)
            }
            guard Array("\r\n".utf8).starts(with: rest.prefix(2)) else { return self.refuse() }
            guard rest.count >= 2 else { return }
            rest = rest.dropFirst(2)
        }
    }

    /// The line with the size of a chunk, and what stands behind it.
    private struct SizeLine {
        enum Size { case cut, wrong, bytes(Int) }

        var size = Size.cut
        var rest: ArraySlice<UInt8> = []

        init(_ bytes: ArraySlice<UInt8>) {
            guard !bytes.isEmpty else { return }
            let digits = bytes.prefix { Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }
            self.size = .wrong
            guard 1...15 ~= digits.count else { return }
            var line = bytes.dropFirst(digits.count)
            if line.first == 0x3B {
                let text = line.dropFirst().prefix { $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }
                guard text.count <= 4096 else { return }
                line = line.dropFirst(1 + text.count)
            }
            guard Array("\r\n".utf8).starts(with: line.prefix(2)) else { return }
            self.size = .cut
            guard line.count >= 2, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16) else { return }
            self.size = .bytes(size)
            self.rest = line.dropFirst(2)
        }
    }

    private mutating func readTrailers(_ section: ArraySlice<UInt8>) {
        var rest = section
        while true {
            let line = rest.prefix { $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }
            let behind = rest.dropFirst(line.count)
            // The bound is on what came before a byte of a line.
            if !line.isEmpty, line.endIndex - 1 - section.startIndex >= 16_384 { return self.refuse() }
            guard Array("\r\n".utf8).starts(with: behind.prefix(2)) else { return self.refuse() }
            guard behind.count >= 2 else { return }
            rest = behind.dropFirst(2)
            if line.isEmpty {
                self.end = .at(rest.startIndex)
                return
            }
        }
    }

    private mutating func refuse() {
        self = BodyReading()
        self.end = .refused
    }
}
