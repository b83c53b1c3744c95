// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

/// Lines of output and error files. They begin with an id that says which request of the job they belong to, so that the files
/// alone say what is done.
package enum OutputLine {
    private static let jobPrefix = "batch_"
    private static let requestPrefix = "batch_req_"
    private static let beginning = Array(#"{"id":""#.utf8)

    /// The id of a request.
    ///
    /// - Parameters:
    ///   - line: which request of the file, from 0.
    ///   - job: the id of the job.
    package static func id(of line: Int, in job: String) -> String {
        "\(Self.requestPrefix)\(job.dropFirst(Self.jobPrefix.count))_\(line + 1)"
    }

    /// The line of a request that was answered.
    ///
    /// - Parameters:
    ///   - id: the id of the request.
    ///   - customID: what its client calls it.
    ///   - status: the status of the reply.
    ///   - requestID: the `X-Request-ID` of the reply.
    ///   - body: the body of the reply; if it is not JSON, it becomes a string.
    /// - Returns: the line, with the line break at its end.
    package static func reply(
        id: String,
        customID: String,
        status: Int,
        requestID: String,
        body: [UInt8]
    ) -> [UInt8] {
        var json = JSONWriter(capacity: body.count + 200)
        json.object { json in
            json.member("id", id)
            json.member("custom_id", customID)
            json.object("response") { json in
                json.member("status_code", status)
                json.member("request_id", requestID)
                json.member("body", Body(bytes: body))
            }
            json.member("error", String?.none)
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    /// The line of a request that has no reply.
    ///
    /// - Parameters:
    ///   - id: the id of the request.
    ///   - customID: what its client calls it.
    ///   - code: the code of the error.
    ///   - message: what was wrong.
    /// - Returns: the line, with the line break at its end.
    package static func error(id: String, customID: String, code: String, message: String) -> [UInt8] {
        var json = JSONWriter(capacity: 200)
        json.object { json in
            json.member("id", id)
            json.member("custom_id", customID)
            json.member("response", String?.none)
            json.object("error") { json in
                json.member("code", code)
                json.member("message", message)
            }
        }
        return json.bytes + [UInt8(ascii: "\n")]
    }

    /// The most bytes of a line that ``line(_:in:)`` needs.
    static let headBytes = 160

    /// Which request of a job a line belongs to.
    ///
    /// - Parameters:
    ///   - head: the beginning of the line.
    ///   - job: the id of the job.
    /// - Returns: its number from 0; nil if it is no line of the job's files.
    static func line(_ head: [UInt8], in job: String) -> Int? {
        let prefix = Self.beginning + "\(Self.requestPrefix)\(job.dropFirst(Self.jobPrefix.count))_".utf8
        guard head.starts(with: prefix) else { return nil }
        let digits = head.dropFirst(prefix.count).prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard digits.count <= 6, head.dropFirst(prefix.count + digits.count).first == UInt8(ascii: "\""),
            let number = Int(String(decoding: digits, as: UTF8.self)), number > 0
        else { return nil }
        return number - 1
    }
}

/// The body of a reply in a line: its line breaks, which JSON may have between its values, are blanks there.
private struct Body: JSONWritable {
    let bytes: [UInt8]

    func write(to json: inout JSONWriter) {
        let text = String(decoding: self.bytes, as: UTF8.self)
        let utf8 = Array(text.utf8)
        var reader = JSONReader(utf8)
        do throws(JSONError) {
            try reader.skipValue()
            try reader.finish()
        } catch {
            return json.string(text)
        }
        json.verbatim(utf8.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
    }
}
