// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// Gives the head parsers and a slow reading of the same grammar the same bytes and stops where they disagree: on what is a
/// head, on its fields, on which of them concern one connection only, and on where the body ends.
///
/// The first byte chooses between a request, a reply and a reply to `HEAD`, the second how long the pieces are in which the bytes come.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHeads(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard input.count >= 2 else { return 0 }
    let kind = HeadReading.Kind(input[0])
    let bytes = Array(input.dropFirst(2))
    let reference = HeadReading(slowly: bytes, kind)
    for length in [max(bytes.count, 1), Int(input[1] % 16) + 1] {
        let reading = HeadReading(bytes, kind, pieceBytes: length)
        guard reading == reference else {
            fatalError("in pieces of \(length) bytes: \(reading), and not \(reference)")
        }
    }
    let usual = HeadReading(usual: bytes, kind)
    guard usual == nil || usual == reference else {
        fatalError("in one pass: \(String(describing: usual)), and not \(reference)")
    }
    return 0
}

/// What a head says, for comparison.
enum HeadReading: Equatable {
    /// There is no end of a head yet.
    case incomplete
    /// The bytes are no head that can be trusted.
    case refused
    case head(Parts)

    enum Kind {
        case request, reply, replyToHead

        init(_ byte: UInt8) { self = byte % 3 == 0 ? .request : byte % 3 == 1 ? .reply : .replyToHead }
    }

    struct Parts: Equatable {
        var length: Int
        /// Method and target, or the status and what stands behind it.
        var startLine: [[UInt8]]
        var minorVersion: Int
        var fields: [Field]
        var framing: BodyFraming
        var keepsConnection: Bool
    }

    struct Field: Equatable {
        var name: [UInt8]
        var value: [UInt8]
        var isHopByHop: Bool
    }

    /// As Paddock reads it in one pass; nil if it leaves it to the scanner.
    init?(usual bytes: [UInt8], _ kind: Kind) {
        var head = MessageHead()
        let length = kind == .request ? head.readUsualRequest(bytes.span) : head.readUsualReply(bytes.span)
        guard let length else { return nil }
        do throws(HeadProblem) {
            self = .head(Parts(head, bytes, length, try head.framing(bytes.span, kind)))
        } catch {
            self = .refused
        }
    }

    /// As Paddock reads it.
    init(_ bytes: [UInt8], _ kind: Kind, pieceBytes: Int) {
        var scanner = HeadScanner()
        do throws(HeadProblem) {
            var end = 0
            while end < bytes.count {
                end = min(end + pieceBytes, bytes.count)
                let received = Array(bytes[..<end])
                guard let length = try scanner.scan(received.span) else { continue }
                var head = MessageHead()
                if kind == .request {
                    try head.readRequest(received.span, length: length)
                } else {
                    try head.readReply(received.span, length: length)
                }
                self = .head(Parts(head, received, length, try head.framing(received.span, kind)))
                return
            }
            self = .incomplete
        } catch {
            self = .refused
        }
    }
}

extension MessageHead {
    fileprivate func framing(_ bytes: Span<UInt8>, _ kind: HeadReading.Kind) throws(HeadProblem) -> BodyFraming {
        kind == .request
            ? try self.requestFraming(bytes) : try self.replyFraming(bytes, isReplyToHead: kind == .replyToHead)
    }
}

extension HeadReading.Parts {
    fileprivate init(_ head: borrowing MessageHead, _ bytes: [UInt8], _ length: Int, _ framing: BodyFraming) {
        func text(_ range: ByteRange) -> [UInt8] { Array(bytes[range.lowerBound..<range.upperBound]) }
        self.init(
            length: length,
            startLine: head.status == 0 ? [text(head.method), text(head.target)] : [text(head.statusText)],
            minorVersion: head.minorVersion,
            fields: head.fields.map { .init(name: text($0.name), value: text($0.value), isHopByHop: $0.isHopByHop) },
            framing: framing,
            keepsConnection: head.keepsConnection
        )
        // What is asked for by its kind is what is found by its name.
        for (field, line) in zip(self.fields, head.fields) {
            let isLength = line.kind == .contentLength
            guard isLength == (lowercased(field.name) == Array("content-length".utf8)) else {
                fatalError("\(field.name) is taken for \(line.kind)")
            }
        }
        var lineStart = head.fields.first.map { $0.name.lowerBound } ?? 0
        for line in head.fields {
            guard line.name.lowerBound == lineStart else { fatalError("lines do not follow each other") }
            lineStart = Int(line.lineEnd)
        }
    }
}

func lowercased(_ text: [UInt8]) -> [UInt8] { text.map { 0x41...0x5A ~= $0 ? $0 + 32 : $0 } }
