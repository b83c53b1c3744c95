// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockRedis

/// Replies of Redis, slowly: from the whole of the bytes, a value after the other, each list by calling itself.
struct SlowReplies: Equatable {
    var values: [RESPValue] = []
    var isRefused = false

    private enum End: Error { case open, refused }

    /// As the specification of RESP says, with the bounds of the reader.
    init(slowly bytes: [UInt8]) {
        var place = 0
        while place < bytes.count {
            var parser = Parser(bytes: bytes, place: place)
            do {
                if let value = try parser.value(depth: 0) { self.values.append(value) }
                place = parser.place
            } catch End.refused {
                self.isRefused = true
                return
            } catch {
                return
            }
        }
    }

    /// As Paddock reads replies that come in pieces.
    init(_ bytes: [UInt8], ends: [Int]) {
        var reader = RESPReader()
        var buffer = ByteBuffer()
        var start = 0
        do throws(RESPError) {
            for end in ends {
                buffer.writeBytes(bytes[start..<end])
                start = end
                while let value = try reader.next(from: &buffer) { self.values.append(value) }
            }
        } catch {
            self.isRefused = true
        }
    }

    private struct Parser {
        let bytes: [UInt8]
        var place: Int
        var announced = 0

        /// Nil for what is passed over.
        mutating func value(depth: Int) throws -> RESPValue? {
            let line = try self.line()
            let rest = Array(line.dropFirst())
            let text = String(decoding: rest, as: UTF8.self)
            switch line.first.map({ Character(UnicodeScalar($0)) }) {
            case "+": return .text(rest)
            case "-": return .error(text)
            case ":": return .integer(try self.number(text))
            case ",", "(": return .number(text)
            case "_": return .null
            case "#": return .bool(rest.first == UInt8(ascii: "t"))
            case "$": return try self.blob(text).map { .text($0) } ?? .null
            case "!": return try self.blob(text).map { .error(String(decoding: $0, as: UTF8.self)) } ?? .null
            case "=":
                guard let blob = try self.blob(text) else { return .null }
                guard blob.count >= 4 else { throw End.refused }
                return .text(Array(blob.dropFirst(4)))
            case "*", "~": return try self.list(text, depth, perEntry: 1).map { .array($0) } ?? .null
            case "%": return try self.list(text, depth, perEntry: 2).map { .map($0) } ?? .null
            case ">": return try self.list(text, depth, perEntry: 1) == nil ? .null : nil
            case "|": return try self.list(text, depth, perEntry: 2) == nil ? .null : nil
            default: throw End.refused
            }
        }

        private mutating func line() throws -> [UInt8] {
            guard let end = self.bytes[self.place...].firstIndex(of: 0x0A) else {
                throw self.bytes.count - self.place > RESPReader.maxLine ? End.refused : End.open
            }
            let line = self.bytes[self.place..<end]
            guard line.count <= RESPReader.maxLine, line.last == 0x0D else { throw End.refused }
            self.place = end + 1
            return Array(line.dropLast())
        }

        private func number(_ text: String) throws -> Int64 {
            guard let number = Int64(text) else { throw End.refused }
            return number
        }

        private mutating func blob(_ text: String) throws -> [UInt8]? {
            let length = try self.number(text)
            if length == -1 { return nil }
            guard length >= 0, length <= RESPReader.maxBytes else { throw End.refused }
            guard self.bytes.count - self.place >= Int(length) + 2 else { throw End.open }
            let blob = Array(self.bytes[self.place..<(self.place + Int(length))])
            self.place += Int(length) + 2
            guard self.bytes[self.place - 2] == 0x0D, self.bytes[self.place - 1] == 0x0A else { throw End.refused }
            return blob
        }

        private mutating func list(_ text: String, _ depth: Int, perEntry: Int) throws -> [RESPValue]? {
            let count = try self.number(text)
            if count == -1 { return nil }
            guard count >= 0, count <= RESPReader.maxElements else { throw End.refused }
            self.announced += Int(count) * perEntry
            guard self.announced <= RESPReader.maxElements, depth < RESPReader.maxDepth else { throw End.refused }
            var values: [RESPValue] = []
            while values.count < Int(count) * perEntry {
                // What is passed over inside a list is none of its values.
                if let value = try self.value(depth: depth + 1) { values.append(value) }
            }
            return values
        }
    }
}
