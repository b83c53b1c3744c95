// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// Gives the readers of bodies the same bytes in one piece, in small pieces and cut in two at any place, and stops where they find
/// other data or another end than a slow reading of chunks does.
///
/// The first byte chooses the length of the pieces and of a body with a length, the second where the bytes are cut in two.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzBodies(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard input.count >= 2 else { return 0 }
    let bytes = Array(input.dropFirst(2))
    let cut = Int(input[1]) % (bytes.count + 1)
    let pieces = [[bytes.count], [cut, bytes.count], BodyReading.cuts(bytes.count, each: Int(input[0] % 7) + 1)]
    let reference = BodyReading(slowly: bytes)
    for ends in pieces {
        check(BodyReading(bytes, .chunked, ends: ends), reference, "request", ends)
        // Of a reply more is accepted, but what is accepted of both is the same.
        if reference.end != .refused {
            check(BodyReading(reply: bytes, ends: ends, wantsData: true), reference, "reply", ends)
            BodyReading(reply: bytes, ends: ends, wantsData: false).checkRelayed(against: reference)
        }
        let length = Int(input[0]) + 1
        var counted = BodyReading()
        counted.data = Array(bytes.prefix(length))
        counted.end = bytes.count >= length ? .at(length) : .open
        check(BodyReading(bytes, .length(length), ends: ends), counted, "length", ends)
    }
    return 0
}

private func check(_ reading: BodyReading, _ reference: BodyReading, _ what: String, _ ends: [Int]) {
    guard reading == reference else {
        fatalError("\(what), pieces that end at \(ends): \(reading), and not \(reference)")
    }
}

/// The data of a body, and where it ends.
struct BodyReading: Equatable {
    enum End: Equatable { case open, refused, at(Int) }

    var data: [UInt8] = []
    var end = End.open

    /// Where pieces of one length end.
    static func cuts(_ count: Int, each length: Int) -> [Int] {
        Array(stride(from: length, to: count, by: length)) + [count]
    }

    /// Nothing has come.
    init() {}

    /// As Paddock reads a request's body that comes in pieces.
    init(_ bytes: [UInt8], _ framing: BodyFraming, ends: [Int]) {
        var reader = BodyReader(framing)
        var start = 0
        do throws(HeadProblem) {
            for end in ends {
                var index = 0
                let piece = Array(bytes[start..<end])
                steps: while true {
                    switch try reader.next(piece.span, from: &index) {
                    case .data(let range): self.data += piece[range]
                    case .needsMore: break steps
                    case .end(let place):
                        self.end = .at(start + place)
                        return
                    }
                }
                // What is not used up comes again with what follows.
                start += index
            }
        } catch {
            // What came before the mistake may have been taken in.
            self = BodyReading()
            self.end = .refused
        }
    }

    /// As Paddock follows a reply that comes in pieces.
    init(reply bytes: [UInt8], ends: [Int], wantsData: Bool) {
        var reply = ReplyBody(.chunked)
        var held: [UInt8] = []
        var start = 0
        do throws(HeadProblem) {
            for end in ends {
                let piece = Array(bytes[start..<end])
                var ranges: [Range<Int>] = []
                let burst = try reply.follow(piece.span, from: 0, data: wantsData ? { ranges.append($0) } : nil)
                guard burst.relayable <= burst.consumed, burst.consumed <= piece.count else { fatalError("\(burst)") }
                if wantsData {
                    for range in ranges { self.data += piece[range] }
                } else if burst.relayable > 0 {
                    self.data += held + piece[..<burst.relayable]
                    held = Array(piece[burst.relayable..<burst.consumed])
                } else {
                    held += piece[..<burst.consumed]
                }
                if burst.isComplete {
                    self.end = .at(start + burst.consumed)
                    return
                }
                guard burst.consumed == piece.count else { fatalError("not all of a piece was looked at: \(burst)") }
                start = end
            }
        } catch {
            self = BodyReading()
            self.end = .refused
        }
    }

    /// What was relayed as it came has the same data, and ends where it may be gone on with.
    func checkRelayed(against reference: BodyReading) {
        let relayed = BodyReading(slowly: self.data)
        guard relayed.end != .refused, relayed.data == reference.data, self.end == reference.end else {
            fatalError("relayed \(relayed), and not \(reference)")
        }
    }
}
