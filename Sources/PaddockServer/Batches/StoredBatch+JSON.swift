// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBatch
internal import PaddockJSON
internal import PaddockStore

extension StoredBatch {
    /// Writes the object that OpenAI's API has for it.
    ///
    /// - Parameters:
    ///   - json: where to.
    ///   - counts: how many of its requests have ended.
    ///   - showsOwner: whether its owner is written, too.
    func write(to json: inout JSONWriter, counts: BatchCounts, showsOwner: Bool) {
        json.member("id", self.id)
        json.member("object", "batch")
        json.member("endpoint", self.endpoint)
        json.member("errors", self.errors.map { JSONText(verbatim: #"{"object":"list","data":\#($0)}"#) })
        json.member("input_file_id", self.inputFile)
        json.member("completion_window", self.window)
        json.member("status", self.status)
        // A file is there for its owner once it is complete.
        let isFinal = BatchStatus(rawValue: self.status)?.isFinal ?? false
        json.member("output_file_id", isFinal ? self.outputFile : nil)
        json.member("error_file_id", isFinal ? self.errorFile : nil)
        json.member("created_at", self.createdAt)
        json.member("in_progress_at", self.times["in_progress"])
        json.member("expires_at", self.expiresAt)
        json.member("finalizing_at", self.times["finalizing"])
        json.member("completed_at", self.times["completed"])
        json.member("failed_at", self.times["failed"])
        json.member("expired_at", self.times["expired"])
        json.member("cancelling_at", self.times["cancelling"])
        json.member("cancelled_at", self.times["cancelled"])
        json.object("request_counts") { json in
            json.member("total", counts.total)
            json.member("completed", counts.completed)
            json.member("failed", counts.failed)
        }
        json.member("metadata", self.metadata.map { JSONText(verbatim: $0) })
        if showsOwner { json.member("owner", self.owner) }
    }

    /// How many of its requests had ended when it was kept.
    var counts: BatchCounts { BatchCounts(total: self.total, completed: self.completed, failed: self.failed) }
}

extension BatchProblem {
    /// The problems as OpenAI's API has them: a JSON array.
    static func json(_ problems: [BatchProblem]) -> String {
        var json = JSONWriter()
        json.array { json in
            for problem in problems {
                json.object { json in
                    json.member("code", problem.code)
                    json.member("line", problem.line)
                    json.member("message", problem.message)
                    json.member("param", problem.param)
                }
            }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
