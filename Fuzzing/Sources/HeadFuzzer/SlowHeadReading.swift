// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

extension HeadReading {
    /// As RFC 9112 and the contract say, line by line.
    init(slowly bytes: [UInt8], _ kind: Kind) {
        var start = 0
        while bytes[start...].starts(with: [13, 10]) { start += 2 }
        guard start <= 8 else {
            self = .refused
            return
        }
        guard let length = Self.length(bytes, from: start) else {
            self = bytes.count > 65_536 ? .refused : .incomplete
            return
        }
        guard length <= 65_536,
            let parts = Self.parts(Array(bytes[..<length]), from: kind == .request ? start : 0, kind)
        else {
            self = .refused
            return
        }
        self = .head(parts)
    }

    /// The length up to the first empty line behind the start line, whether or not its line breaks are the right ones.
    private static func length(_ bytes: [UInt8], from start: Int) -> Int? {
        for index in bytes.indices.dropFirst(start) where bytes[index] == 10 {
            let rest = bytes[(index + 1)...]
            if rest.first == 10 { return index + 2 }
            if rest.starts(with: [13, 10]) { return index + 3 }
        }
        return nil
    }

    private static func parts(_ bytes: [UInt8], from start: Int, _ kind: Kind) -> Parts? {
        guard let lines = self.lines(Array(bytes[start...])), let first = lines.first else { return nil }
        guard let (startLine, minorVersion) = kind == .request ? self.requestLine(first) : self.statusLine(first) else {
            return nil
        }
        var fields: [Field] = []
        for line in lines.dropFirst() {
            guard let field = self.field(line) else { return nil }
            fields.append(field)
        }
        guard fields.count <= 1000 else { return nil }
        func values(_ name: String) -> [[UInt8]] {
            fields.filter { lowercased($0.name) == Array(name.utf8) }.map(\.value)
        }

        let lists = values("connection").filter {
            ![Array("close".utf8), Array("keep-alive".utf8)].contains(lowercased($0))
        }
        guard lists.reduce(0, { $0 + $1.count }) <= 4096 else { return nil }
        let options = values("connection").flatMap {
            $0.split(separator: 0x2C).map { lowercased(self.trimmed(Array($0))) }
        }
        let names = options.filter { !$0.isEmpty && $0 != Array("close".utf8) && $0 != Array("keep-alive".utf8) }
        guard names.count <= 64 else { return nil }
        let always = ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"]
        for index in fields.indices {
            let name = lowercased(fields[index].name)
            let isKept = name == Array("content-length".utf8) || name == Array("host".utf8)
            fields[index].isHopByHop = always.contains { Array($0.utf8) == name } || names.contains(name) && !isKept
        }
        let status = kind == .request ? nil : Int(String(decoding: startLine[0].prefix(3), as: UTF8.self))
        guard
            let framing = self.framing(
                values("content-length"),
                values("transfer-encoding"),
                minorVersion: minorVersion,
                status: status,
                isReplyToHead: kind == .replyToHead
            )
        else { return nil }
        let closes = options.contains(Array("close".utf8))
        return Parts(
            length: bytes.count,
            startLine: startLine,
            minorVersion: minorVersion,
            fields: fields,
            framing: framing,
            keepsConnection: !closes && (minorVersion == 1 || options.contains(Array("keep-alive".utf8)))
        )
    }

    /// The lines up to the empty one; nil where a line does not end in CRLF or has one of these inside.
    private static func lines(_ bytes: [UInt8]) -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(where: { $0 == 13 || $0 == 10 }) {
            guard rest[end...].starts(with: [13, 10]) else { return nil }
            let line = Array(rest[..<end])
            rest = rest[(end + 2)...]
            if line.isEmpty { return lines }
            lines.append(line)
        }
        return nil
    }

    private static func requestLine(_ line: [UInt8]) -> ([[UInt8]], Int)? {
        let words = line.split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init)
        guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(self.isToken), !words[1].isEmpty,
            words[1].allSatisfy({ $0 > 0x20 && $0 != 0x7F }), let minorVersion = self.minorVersion(words[2])
        else { return nil }
        return ([words[0], words[1]], minorVersion)
    }

    private static func statusLine(_ line: [UInt8]) -> ([[UInt8]], Int)? {
        guard line.count >= 12, line[8] == 0x20, let minorVersion = self.minorVersion(Array(line[..<8])) else {
            return nil
        }
        let text = Array(line[9...])
        guard text.prefix(3).allSatisfy({ 0x30...0x39 ~= $0 }), text[0] != 0x30, text.count == 3 || text[3] == 0x20,
            text.allSatisfy(self.isText)
        else { return nil }
        return ([text], minorVersion)
    }

    private static func minorVersion(_ word: [UInt8]) -> Int? {
        word == Array("HTTP/1.1".utf8) ? 1 : word == Array("HTTP/1.0".utf8) ? 0 : nil
    }

    private static func field(_ line: [UInt8]) -> Field? {
        guard let colon = line.firstIndex(of: 0x3A), colon > 0, line[..<colon].allSatisfy(self.isToken),
            line[(colon + 1)...].allSatisfy(self.isText)
        else { return nil }
        return Field(name: Array(line[..<colon]), value: self.trimmed(Array(line[(colon + 1)...])), isHopByHop: false)
    }

    private static func framing(
        _ lengths: [[UInt8]],
        _ codings: [[UInt8]],
        minorVersion: Int,
        status: Int?,
        isReplyToHead: Bool
    ) -> BodyFraming? {
        let numbers = lengths.map {
            $0.allSatisfy { 0x30...0x39 ~= $0 } ? Int(String(decoding: $0, as: UTF8.self)) : nil
        }
        guard numbers.allSatisfy({ $0 != nil }), zip(lengths, numbers).allSatisfy({ $0.0.count <= 19 }) else {
            return nil
        }
        let length = numbers.first ?? nil
        // A request may have one, a reply the same several times.
        guard status == nil ? numbers.count <= 1 : numbers.allSatisfy({ $0 == length }) else { return nil }
        guard
            codings.isEmpty
                || codings.count == 1 && lowercased(codings[0]) == Array("chunked".utf8) && minorVersion == 1
        else { return nil }
        guard codings.isEmpty || numbers.isEmpty else { return nil }
        if let status, isReplyToHead || status < 200 || status == 204 || status == 304 { return BodyFraming.none }
        if !codings.isEmpty { return .chunked }
        if let length { return length == 0 ? BodyFraming.none : .length(length) }
        return status == nil ? BodyFraming.none : .untilClose
    }

    private static func trimmed(_ text: [UInt8]) -> [UInt8] {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        return Array(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
    }

    private static func isText(_ byte: UInt8) -> Bool { byte == 0x09 || byte >= 0x20 && byte != 0x7F }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch Character(Unicode.Scalar(byte)) {
        case "a"..."z", "A"..."Z", "0"..."9": byte < 0x80
        case "!", "#", "$", "%", "&", "'", "*", "+", "-", ".", "^", "_", "`", "|", "~": true
        default: false
        }
    }
}
