// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The header of one part of a multipart body: whether the part is the form field `model`.
///
/// It is read as Go's `net/textproto` and `mime/multipart` read it. Where Go would skip a part because its
/// `Content-Disposition` is malformed, this refuses the body, so that no reader can disagree on which part is the model.
enum PartHead {
    /// A part is the model, or some other field or file.
    case model, other

    /// - Parameter block: the lines of the header, without the empty line.
    /// - Throws: `badPartHead`, or `encodedField` for a part that cannot be used unchanged.
    init(_ block: [UInt8]) throws(MultipartProblem) {
        let fields = try PartFields(block.span)
        // Go decodes such a part, and if that fails it looks for the next boundary from where it was.
        if fields.isEncoded("quoted-printable") { throw .encodedField }
        guard let form = try fields.form(), form.type.elementsEqual("form-data".utf8) else {
            self = .other
            return
        }
        guard !form.hasExtended("name") else { throw .encodedField }
        guard form.parameter("name")?.elementsEqual("model".utf8) == true else {
            self = .other
            return
        }
        guard !form.hasExtended("filename") else { throw .encodedField }
        if let file = form.parameter("filename"), !file.isEmpty {
            self = .other
            return
        }
        self = .model
    }
}
