// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// Reads targets and stops where Paddock would let one past a queue that Go takes for an inference route, or where two readings
/// of the same target disagree.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTargets(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = Array(UnsafeBufferPointer(start: start, count: count))
    // What cannot stand between the blanks of a request line is refused before.
    guard !text.isEmpty, text.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return 0 }
    guard let reading = TargetReading(text, method: "POST") else { return 0 }
    reading.checkParts()
    reading.checkReadings()
    if let path = GoTarget.path(of: text) {
        // What Go serves by itself, and the clean path or the one without a slash, to which it redirects.
        for route in inferenceRoutes where GoTarget.spellings(path).contains(route) {
            guard reading.isQueued(route) else { fatalError("Go takes \(reading) for \(route)") }
        }
    }
    return 0
}

let inferenceRoutes = ["/api/chat", "/api/generate", "/v1/chat/completions"].map { Array($0.utf8) }

/// A target as Paddock reads it.
struct TargetReading: CustomStringConvertible {
    let bytes: [UInt8]
    let target: RequestTarget

    /// - Returns: nil where it is refused.
    init?(_ text: [UInt8], method: String) {
        // Bytes around it show that only the range counts.
        let bytes = Array("\(method) ".utf8) + text + Array("11/ HTTP/1.1".utf8)
        let start = method.utf8.count + 1
        let range = ByteRange(start: start, end: start + text.count)
        let target = try? RequestTarget(bytes.span, range, method: ByteRange(start: 0, end: start - 1))
        guard let target else { return nil }
        self.bytes = bytes
        self.target = target
    }

    var description: String { String(decoding: self.bytes, as: UTF8.self) }

    private func text(_ range: ByteRange) -> [UInt8] { Array(self.bytes[range.lowerBound..<range.upperBound]) }

    var path: [UInt8] { self.text(self.target.path) }

    var decoded: [UInt8] { DecodedPath(self.bytes.span, self.target.path).bytes }

    /// Whether the path is matched with a queued route.
    func isQueued(_ route: [UInt8]) -> Bool {
        if self.target.isPlain { return self.path == route }
        return PathReadings(self.bytes.span, self.target.path).all.contains(route)
    }

    /// What is sent on is read as what came.
    func checkParts() {
        let forwarded = self.text(self.target.pathAndQuery)
        guard self.path.first == UInt8(ascii: "/") else { fatalError("a path without a slash: \(self)") }
        guard let again = TargetReading(forwarded, method: "POST"), again.target.authority == nil,
            again.path == self.path, again.target.isPlain == self.target.isPlain,
            again.target.query.map(again.text) == self.target.query.map(self.text)
        else { fatalError("sent on it is another one: \(self)") }
        // Escaping each byte of it changes nothing.
        let escaped =
            [UInt8(ascii: "/")]
            + self.decoded.dropFirst().flatMap { byte -> [UInt8] in
                let digits = String(byte, radix: 16)
                return Array("%\(digits.count == 1 ? "0" : "")\(digits)".utf8)
            }
        guard !self.decoded.contains(0), let other = TargetReading(escaped, method: "POST"),
            other.decoded == self.decoded
        else { fatalError("escaped it is another one: \(self)") }
    }

    func checkReadings() {
        for reading in PathReadings(self.bytes.span, self.target.path).all {
            let segments = reading.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
            guard reading.first == UInt8(ascii: "/") else { fatalError("a reading without a slash: \(self)") }
            // Slashes that were escaped may stand in one that was tidied up before.
            let isDecodedFirst = !self.path.contains(UInt8(ascii: "%"))
            if isDecodedFirst, segments.count > 1,
                segments.contains(where: { $0.isEmpty || $0 == [0x2E] || $0 == [0x2E, 0x2E] })
            {
                fatalError("a reading that is not tidy: \(self)")
            }
            if self.target.isPlain, reading != self.path { fatalError("a plain path with another reading: \(self)") }
        }
        if self.target.isPlain, self.decoded != self.path { fatalError("a plain path that is encoded: \(self)") }
    }
}
