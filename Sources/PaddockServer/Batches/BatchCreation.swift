// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBatch
internal import PaddockJSON
internal import PaddockProxy

/// What a client sends to make a batch job.
struct BatchCreation: Equatable, Sendable {
    private static let maxPairs = 16
    private static let maxKeyLength = 64
    private static let maxValueLength = 512

    /// The id of the input file.
    let inputFile: String
    /// The route of the requests.
    let endpoint: BatchEndpoint
    /// The time that the job has.
    let window: BatchWindow
    /// The same as it was written.
    let windowText: String
    /// What it is to be known by: a JSON object; nil if there is nothing.
    let metadata: String?

    /// Reads the body of a request.
    ///
    /// - Throws: 400 `invalid_request`.
    init(json: [UInt8]) throws(ErrorReply) {
        guard let fields = (try? JSONValue(parsing: json))?.object else {
            throw .invalidRequest("the body must be a JSON object with input_file_id, endpoint and completion_window")
        }
        guard let inputFile = fields["input_file_id"]?.string else {
            throw .invalidRequest("input_file_id must be the id of a file that was uploaded with the purpose batch")
        }
        guard let endpoint = fields["endpoint"]?.string.flatMap(BatchEndpoint.init) else {
            let endpoints = BatchEndpoint.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidRequest("endpoint must be one of \(endpoints)")
        }
        guard let text = fields["completion_window"]?.string, let window = BatchWindow(text) else {
            throw .invalidRequest("completion_window must be 24h, or another time from 1h to 720h or 1d to 30d")
        }
        guard fields["output_expires_after"] ?? .null == .null else {
            throw .invalidRequest("output_expires_after is not known: files are kept for batch_file_days")
        }
        self.inputFile = inputFile
        self.endpoint = endpoint
        self.window = window
        self.windowText = text
        self.metadata = try Self.metadata(fields["metadata"] ?? .null)
    }

    private static func metadata(_ value: JSONValue) throws(ErrorReply) -> String? {
        if value == .null { return nil }
        let isRight = value.object.map { object in
            object.members.count <= Self.maxPairs
                && object.members.allSatisfy { member in
                    member.key.unicodeScalars.count <= Self.maxKeyLength
                        && (member.value.string?.unicodeScalars.count ?? .max) <= Self.maxValueLength
                }
        }
        guard isRight ?? false else {
            throw .invalidRequest(
                "metadata must be an object of at most \(Self.maxPairs) strings, with names of at most"
                    + " \(Self.maxKeyLength) characters and values of at most \(Self.maxValueLength)"
            )
        }
        return value.text
    }
}
