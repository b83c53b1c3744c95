// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// Gives the scanners and the references the same bytes and stops where they disagree.
///
/// The first byte chooses between JSON and multipart, the second how long the pieces are that the body is fed in.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzModelField(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    guard input.count >= 2 else { return 0 }
    let body = Array(input.dropFirst(2))
    let pieceBytes = Int(input[1] % 16) + 1
    let isJSON = input[0] % 2 == 0
    let reference =
        isJSON
        ? ReferenceJSON.modelField(of: body)
        : ReferenceMultipart.modelField(of: body, boundary: "b-")
    guard let reference else { return 0 }
    var hints: BodyHints?
    for length in [max(body.count, 1), pieceBytes] {
        var scanner = isJSON ? .json : formScanner()
        let field = scan(body, &scanner, pieceBytes: length)
        guard field == reference else { fatalError("in pieces of \(length) bytes: \(field), and not \(reference)") }
        guard hints == nil || hints == scanner.hints else { fatalError("other hints in pieces of \(length) bytes") }
        hints = scanner.hints
    }
    return 0
}

private func formScanner() -> ModelFieldScanner {
    let contentType = Array("multipart/form-data; boundary=b-".utf8)
    let query: [UInt8] = []
    return .multipart(contentType: contentType.span, query: query.span)
}

private func scan(_ body: [UInt8], _ scanner: inout ModelFieldScanner, pieceBytes: Int) -> ModelField {
    for start in stride(from: 0, to: body.count, by: pieceBytes) {
        scanner.feed(body.span.extracting(start..<min(start + pieceBytes, body.count)))
    }
    return scanner.finish()
}
