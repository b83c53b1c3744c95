// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Gives the reader of uploads the same form in one piece, in small pieces and cut in two at any place, and stops where it finds something
/// else than a slow reading does, or than it finds in one piece.
///
/// The first byte chooses the length of the pieces, the second where the bytes are cut in two.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUploads(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard input.count >= 2 else { return 0 }
    let body = Array(input.dropFirst(2))
    let whole = FormReading(body, boundary: "b-", ends: [body.count])
    if let reference = ReferenceForm.read(body, boundary: "b-"), whole != reference {
        fatalError("in one piece: \(whole), and not \(reference)")
    }
    let cut = Int(input[1]) % (body.count + 1)
    let small = Array(stride(from: Int(input[0] % 16) + 1, to: body.count, by: Int(input[0] % 16) + 1)) + [body.count]
    for ends in [[cut, body.count], small] {
        let reading = FormReading(body, boundary: "b-", ends: ends)
        guard reading == whole else { fatalError("pieces that end at \(ends): \(reading), and not \(whole)") }
    }
    return 0
}
