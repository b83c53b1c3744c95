// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// The model of a multipart body, slowly, for bodies whose part headers are known texts.
enum ReferenceMultipart {
    /// The headers that are read, each with its empty line, and whether they announce the model.
    static let heads: [String: Bool] = [
        "Content-Disposition: form-data; name=\"model\"\r\n\r\n": true,
        "Content-Disposition: form-data; name=model\n\n": true,
        "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: audio/wav\r\n\r\n": false,
        "X: y\r\n\n": false,
        "\r\n": false,
    ]

    /// - Returns: nil when the body has a header that is not known.
    static func modelField(of bytes: [UInt8], boundary: String) -> ModelField? {
        guard let reading = ReferenceParts.read(bytes, boundary: boundary, heads: Array(Self.heads.keys)) else {
            return nil
        }
        for part in reading.parts where Self.heads[part.head] == true {
            if part.content.isEmpty { return .invalid(.empty) }
            if part.content.count > 256 { return .invalid(.tooLong) }
            guard let text = String(validating: part.content, as: UTF8.self) else { return .invalid(.notUTF8) }
            return reading.problem.map { .invalid(.multipart($0)) } ?? .model(text)
        }
        if let part = reading.openPart, Self.heads[part.head] == true, part.bytes > 256 {
            // How much of a value that never ends is one is not worth the code.
            return nil
        }
        return .invalid(reading.problem.map { .multipart($0) } ?? .missing)
    }
}
