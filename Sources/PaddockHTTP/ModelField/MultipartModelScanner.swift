// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the form field `model` of a `multipart/form-data` body that arrives in any number of pieces, as Go's `mime/multipart` finds it.
///
/// The model is the query's, else the first field of that name that is not a file. The value of one field is kept, bounded.
package struct MultipartModelScanner: Sendable {
    private var reader: MultipartReader<ModelPart>

    /// A scanner that has seen nothing of a body.
    ///
    /// - Parameters:
    ///   - contentType: the value of `Content-Type`, empty when there is none.
    ///   - query: the query string of the request, empty when there is none; its `model` wins over the body's.
    package init(contentType: Span<UInt8>, query: Span<UInt8>) {
        self.reader = MultipartReader(contentType: contentType, ModelPart())
        if self.reader.problem == nil { self.reader.parts.found = QueryModel.find(in: query) }
    }

    /// Why there is no model, once that is certain.
    ///
    /// More bytes cannot change it.
    package var problem: ModelFieldProblem? {
        self.reader.parts.problem ?? self.reader.problem.map { .multipart($0) }
    }

    /// Looks at the next bytes of the body.
    package mutating func feed(_ bytes: Span<UInt8>) { self.reader.feed(bytes) }

    /// Ends the body.
    ///
    /// - Returns: the model, or what is wrong with the request.
    package mutating func finish() -> ModelField {
        self.reader.finish()
        if let problem = self.problem { return .invalid(problem) }
        return self.reader.parts.found ?? .invalid(.missing)
    }
}

/// The part of a body that is its model.
private struct ModelPart: MultipartParts {
    var found: ModelField?
    /// Whether the current part is the model.
    private var isModel = false
    private var value: [UInt8] = []
    private var isTooLong = false

    var problem: ModelFieldProblem? {
        if self.isTooLong { return .tooLong }
        return if case .invalid(let problem) = self.found { problem } else { nil }
    }

    var isRefused: Bool { self.problem != nil }

    mutating func begin(_ head: [UInt8]) throws(MultipartProblem) {
        let isModel = try PartHead(head) == .model
        self.isModel = isModel && self.found == nil
        self.value.removeAll(keepingCapacity: true)
    }

    mutating func take(_ bytes: Span<UInt8>) {
        guard self.isModel else { return }
        guard self.value.count + bytes.count <= ModelField.maxBytes else {
            self.isTooLong = true
            return
        }
        for index in bytes.indices { self.value.append(bytes[index]) }
    }

    mutating func end() {
        guard self.isModel else { return }
        self.isModel = false
        self.found = ModelField(value: self.value.span)
    }
}
