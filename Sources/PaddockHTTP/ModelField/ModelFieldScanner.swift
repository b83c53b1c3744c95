// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the model of a queued request in its body, whichever of the two kinds the route takes.
package struct ModelFieldScanner: ~Copyable, Sendable {
    // Two fields and not an enum with payloads: those would be copied out and in again at each call.
    private var json = JSONModelScanner()
    private var multipart: MultipartModelScanner?

    private init(multipart: MultipartModelScanner?) { self.multipart = multipart }

    /// A scanner for a JSON body, whatever its `Content-Type`.
    package static var json: ModelFieldScanner { ModelFieldScanner(multipart: nil) }

    /// A scanner for a `multipart/form-data` body.
    ///
    /// - Parameters:
    ///   - contentType: the value of `Content-Type`, empty when there is none.
    ///   - query: the query string of the request, empty when there is none; its `model` wins over the body's.
    /// - Returns: a scanner that has seen nothing of the body; it may have a problem already.
    package static func multipart(contentType: Span<UInt8>, query: Span<UInt8>) -> ModelFieldScanner {
        ModelFieldScanner(multipart: MultipartModelScanner(contentType: contentType, query: query))
    }

    /// Begins another JSON body.
    ///
    /// - Parameter readsMaxTokens: whether ``BodyHints/maxTokens`` and ``BodyHints/numPredict`` are of use. Defaults to true.
    package mutating func resetToJSON(readsMaxTokens: Bool = true) {
        if self.multipart != nil { self.multipart = nil }
        self.json.reset()
        self.json.readsMaxTokens = readsMaxTokens
    }

    /// Why there is no model, once that is certain.
    ///
    /// More bytes cannot change it.
    package var problem: ModelFieldProblem? {
        if let multipart = self.multipart { multipart.problem } else { self.json.problem }
    }

    /// The model that a JSON body has named so far; another may follow.
    package var modelSoFar: String? { self.multipart == nil ? self.json.modelSoFar : nil }

    /// What a JSON body has besides its model.
    ///
    /// It changes nothing, but is mutating: a scanner that is only read would be copied first.
    package var hints: BodyHints { mutating get { self.json.hints } }

    /// Looks at the next bytes of the body.
    package mutating func feed(_ bytes: Span<UInt8>) {
        if self.multipart == nil {
            self.json.feed(bytes)
        } else {
            self.multipart?.feed(bytes)
        }
    }

    /// Ends the body.
    ///
    /// - Returns: the model, or what is wrong with the request.
    package mutating func finish() -> ModelField {
        self.multipart?.finish() ?? self.json.finish()
    }
}
