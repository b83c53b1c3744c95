// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// A body of type `multipart/form-data`, held whole.
struct MultipartForm {
    /// One field.
    struct Part {
        let name: String
        /// Whether the client gave a file name: a file and not a value.
        let isFile: Bool
        let content: ByteBuffer
    }

    let parts: [Part]

    /// - Throws: 400 for another content type, a missing boundary, or a body that does not end where it should.
    init(contentType: String?, body: ByteBuffer) throws(RequestError) {
        guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data"),
            let boundary = Self.parameter("boundary", of: contentType), !boundary.isEmpty
        else {
            throw .badRequest(
                "failed to parse multipart form: the Content-Type must be multipart/form-data with a boundary"
            )
        }
        let bytes = body.readableBytesView
        let delimiter = Array("--\(boundary)".utf8)
        guard var from = Self.find(delimiter, in: bytes[...])?.upperBound else {
            throw .badRequest("failed to parse multipart form: no part begins")
        }
        var parts: [Part] = []
        while !bytes[from...].starts(with: "--".utf8) {
            guard let next = Self.find(Array("\r\n".utf8) + delimiter, in: bytes[from...]),
                let head = Self.find(Array("\r\n\r\n".utf8), in: bytes[from..<next.lowerBound])
            else {
                throw .badRequest("failed to parse multipart form: a part does not end")
            }
            if let part = Self.part(
                head: bytes[from..<head.lowerBound],
                content: bytes[head.upperBound..<next.lowerBound]
            ) {
                parts.append(part)
            }
            from = next.upperBound
        }
        self.parts = parts
    }

    /// The first value (not file) of that name.
    func text(_ name: String) -> String? {
        self.parts.first { $0.name == name && !$0.isFile }.map { String(buffer: $0.content) }
    }

    private static func part(head: ByteBufferView, content: ByteBufferView) -> Part? {
        let lines = String(decoding: head, as: UTF8.self).split(whereSeparator: \.isNewline)
        guard let disposition = lines.first(where: { $0.lowercased().hasPrefix("content-disposition:") }),
            let name = Self.parameter("name", of: String(disposition))
        else { return nil }
        let isFile = Self.parameter("filename", of: String(disposition)) != nil
        return Part(name: name, isFile: isFile, content: ByteBuffer(content))
    }

    /// A parameter of a header value: `form-data; name="model"`.
    private static func parameter(_ name: String, of value: String) -> String? {
        for parameter in value.split(separator: ";").dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].filter({ !$0.isWhitespace }).lowercased() == name else { continue }
            var text = pair[1][...]
            while text.last?.isWhitespace == true { text.removeLast() }
            if text.count >= 2, text.first == "\"", text.last == "\"" { text = text.dropFirst().dropLast() }
            return String(text)
        }
        return nil
    }

    private static func find(_ needle: [UInt8], in bytes: ByteBufferView) -> Range<Int>? {
        guard let first = needle.first else { return nil }
        var from = bytes.startIndex
        while let start = bytes[from...].firstIndex(of: first) {
            if bytes[start...].starts(with: needle) { return start..<start + needle.count }
            from = start + 1
        }
        return nil
    }
}
