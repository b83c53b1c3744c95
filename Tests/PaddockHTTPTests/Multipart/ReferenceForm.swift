// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// What was read of the form of an upload.
struct FormReading: Equatable {
    var file: [UInt8] = []
    var filename: String?
    var purpose: String?
    var problem: String?

    /// - Parameter problem: what is wrong; nothing else matters then.
    init(_ problem: String? = nil) { self.problem = problem }

    /// As Paddock reads a form that comes in pieces.
    init(_ body: [UInt8], boundary: String, ends: [Int]) {
        let type = Array("multipart/form-data; boundary=\(boundary)".utf8)
        var reader = MultipartReader(contentType: type.span, UploadForm(fields: ["purpose"]))
        var start = 0
        for end in ends {
            reader.feed(body.span.extracting(start..<end))
            self.file += reader.parts.takeBytes()
            start = end
        }
        reader.finish()
        if let problem = reader.parts.problem?.description ?? reader.problem?.description {
            // What came in front of a mistake may have been taken in or not.
            self = FormReading(problem)
            return
        }
        self.filename = reader.parts.filename
        self.purpose = reader.parts.fields["purpose"]
    }
}

/// The form of an upload, slowly, for bodies whose part headers are known texts.
enum ReferenceForm {
    /// What a part is.
    enum Part { case file, misplaced, purpose, other }

    /// The headers that are read, each with its empty line, and what they announce.
    static let heads: [String: Part] = [
        "Content-Disposition: form-data; name=\"file\"; filename=\"a\"\r\nContent-Type: text/plain\r\n\r\n": .file,
        "Content-Disposition: form-data; filename=a; name=file\n\n": .file,
        "Content-Disposition: form-data; name=file\r\n\r\n": .misplaced,
        "Content-Disposition: form-data; name=x; filename=a\r\n\r\n": .misplaced,
        "Content-Disposition: form-data; name=\"purpose\"\r\n\r\n": .purpose,
        "X: y\r\n\n": .other,
        "\r\n": .other,
    ]

    /// - Returns: nil when the body has a header that is not known.
    static func read(_ bytes: [UInt8], boundary: String) -> FormReading? {
        guard let reading = ReferenceParts.read(bytes, boundary: boundary, heads: Array(Self.heads.keys)) else {
            return nil
        }
        var form = FormReading()
        let open = reading.openPart.map { ($0.head, [UInt8]?.none) }
        for (head, content) in reading.parts.map({ ($0.head, Optional($0.content)) }) + (open.map { [$0] } ?? []) {
            switch Self.heads[head] {
            case .misplaced: return FormReading(UploadForm.Problem.misplacedFile.description)
            case .file:
                if form.filename != nil { return FormReading(UploadForm.Problem.severalFiles.description) }
                form.filename = "a"
                form.file = content ?? []
            case .purpose:
                if form.purpose != nil { return FormReading(UploadForm.Problem.repeatedField.description) }
                // How much of a value that never ends is one is not worth the code.
                guard let content else {
                    return (reading.openPart?.bytes ?? 0) > 1_024
                        ? nil : FormReading(MultipartProblem.noClosingBoundary.description)
                }
                guard content.count <= 1_024, let text = String(validating: content, as: UTF8.self) else {
                    return FormReading(UploadForm.Problem.badValue.description)
                }
                form.purpose = text
            case .other, nil: break
            }
        }
        return reading.problem.map { FormReading($0.description) } ?? form
    }
}
