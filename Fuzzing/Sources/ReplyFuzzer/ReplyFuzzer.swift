// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Gives the reader of Redis' replies the same bytes in one piece, in small pieces and cut in two at any place, and stops where it finds
/// something else than a slow reading does.
///
/// The first byte chooses the length of the pieces, the second where the bytes are cut in two.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzReplies(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard input.count >= 2 else { return 0 }
    let bytes = Array(input.dropFirst(2))
    let reference = SlowReplies(slowly: bytes)
    let cut = Int(input[1]) % (bytes.count + 1)
    let small = Array(stride(from: Int(input[0] % 16) + 1, to: bytes.count, by: Int(input[0] % 16) + 1)) + [bytes.count]
    for ends in [[bytes.count], [cut, bytes.count], small] {
        let replies = SlowReplies(bytes, ends: ends)
        guard replies == reference else { fatalError("pieces that end at \(ends): \(replies), and not \(reference)") }
    }
    return 0
}
