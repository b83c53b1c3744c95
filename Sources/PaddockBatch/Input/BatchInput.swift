// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// A line of an input file: one request.
package struct BatchInput: Equatable, Sendable {
    /// The longest `custom_id`, in characters.
    package static let maxIDLength = 512

    /// What its client calls it; unique in the file.
    package private(set) var customID = ""
    /// The model that its body names, as it is written.
    package private(set) var model = ""
    /// Where its body is in the line.
    package private(set) var body = 0..<0

    /// Reads a line.
    ///
    /// - Parameters:
    ///   - line: the line, without what separates it from the next.
    ///   - endpoint: the endpoint of the job, which each request has to name.
    /// - Throws: what is wrong with it, without the number of the line.
    package init(_ line: [UInt8], endpoint: BatchEndpoint) throws(BatchProblem) {
        var fields = Fields()
        do throws(JSONError) {
            var reader = JSONReader(line)
            try fields.read(&reader)
            try reader.finish()
        } catch {
            throw BatchProblem("invalid_json_line", "this line is not a JSON object: \(error.reason)")
        }
        self.customID = try Self.customID(fields.customID)
        guard fields.method == .string("POST") else {
            throw Self.wrong(fields.method, "invalid_method", "method", "must be \"POST\"")
        }
        guard fields.url == .string(endpoint.rawValue) else {
            throw Self.wrong(
                fields.url,
                "url_mismatch",
                "url",
                "must be \"\(endpoint.rawValue)\", the endpoint of the job"
            )
        }
        guard let body = fields.body else {
            throw Self.missing("body", "must be the JSON object of a request")
        }
        guard !fields.streams else {
            throw BatchProblem("invalid_request", "\"stream\" must be false in a job", param: "body.stream")
        }
        guard let model = fields.model?.string, !model.isEmpty else {
            throw Self.wrong(fields.model, "invalid_request", "body.model", "must name a model")
        }
        self.body = body
        self.model = model
    }

    private static func customID(_ value: JSONValue?) throws(BatchProblem) -> String {
        let rule = "must be a string of 1 to \(Self.maxIDLength) characters"
        guard let text = value?.string, !text.isEmpty, text.utf8.count <= 4 * Self.maxIDLength,
            text.unicodeScalars.count <= Self.maxIDLength
        else { throw Self.wrong(value, "invalid_request", "custom_id", rule) }
        return text
    }

    private static func wrong(_ value: JSONValue?, _ code: String, _ param: String, _ rule: String) -> BatchProblem {
        value == nil ? Self.missing(param, rule) : BatchProblem(code, "\"\(param)\" \(rule)", param: param)
    }

    private static func missing(_ param: String, _ rule: String) -> BatchProblem {
        BatchProblem("missing_required_parameter", "\"\(param)\" \(rule)", param: param)
    }
}

/// What is read of a line. Of a field that is there more than once the last counts.
private struct Fields {
    var customID: JSONValue?
    var method: JSONValue?
    var url: JSONValue?
    /// Where the body is; nil if there is none, or if it is no object.
    var body: Range<Int>?
    var model: JSONValue?
    var streams = false

    mutating func read(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let name = try reader.nextName() {
            switch name {
            case "custom_id": self.customID = try Self.short(&reader)
            case "method": self.method = try Self.short(&reader)
            case "url": self.url = try Self.short(&reader)
            case "body": try self.readBody(&reader)
            default: try reader.skipValue()
            }
        }
    }

    private mutating func readBody(_ reader: inout JSONReader) throws(JSONError) {
        self.body = nil
        self.model = nil
        self.streams = false
        var inner = reader
        let range = try reader.skipValue()
        guard (try? inner.beginObject()) != nil else { return }
        self.body = range
        // A backend that is written in Go does not care about upper case.
        while let name = try inner.nextName() {
            switch name.lowercased() {
            case "model": self.model = try Self.short(&inner)
            case "stream": self.streams = try Self.short(&inner) == .bool(true)
            default: try inner.skipValue()
            }
        }
    }

    /// A value; an object or an array, which none of the fields may be, is taken for a null.
    private static func short(_ reader: inout JSONReader) throws(JSONError) -> JSONValue {
        var inner = reader
        try reader.skipValue()
        if (try? inner.beginObject()) != nil || (try? inner.beginArray()) != nil { return .null }
        return try inner.readValue()
    }
}
