// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockHTTP

/// Lists that several backends answer together.
extension ClientHandler {
    /// Fields of a request that would make a backend answer with something else than its whole list as plain JSON.
    private static let partialFields: Set<String> = [
        "accept-encoding", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range",
    ]

    /// Answers a list with what all backends say.
    func join(_ union: Route.Union, _ head: MessageHead, _ bytes: Span<UInt8>, _ target: RequestTarget) {
        self.machine.answering()
        let query = target.query.map { "?" + bytes.text($0) } ?? ""
        let question = BackendFetch.Question(
            target: union.rawValue + query,
            requestID: self.request.id,
            fields: Self.listFields(head, bytes),
            credentials: head.credentialLines(bytes, dropsAuthorization: self.request.carriesAdminToken)
        )
        self.listing = ModelListing(union, question, self.request.dialect, on: self.loop) { reply in
            self.listing = nil
            self.answer(reply)
        }
    }

    /// The end-to-end fields of the client that each backend gets, too.
    private static func listFields(_ head: MessageHead, _ bytes: Span<UInt8>) -> [UInt8] {
        let own: FieldKindSet = [.host, .requestID, .contentLength, .expect, .authorization, .apiKey]
        var fields: [UInt8] = []
        for field in head.fields where !own.contains(field.kind) && !field.isHopByHop {
            guard !Self.partialFields.contains(bytes.text(field.name).lowercased()) else { continue }
            bytes.extracting(Int(field.name.lowerBound)..<Int(field.lineEnd)).withUnsafeBufferPointer {
                fields.append(contentsOf: $0)
            }
        }
        return fields
    }
}
