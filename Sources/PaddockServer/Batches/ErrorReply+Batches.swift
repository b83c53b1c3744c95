// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockProxy

extension ErrorReply {
    /// 404: there is no such job, or it is another client's.
    static func noJob(_ id: String) -> ErrorReply {
        ErrorReply(404, "not_found", "there is no batch job \(id.prefix(64)): GET /v1/batches lists yours")
    }

    /// 409: a job cannot be cancelled any more.
    static func jobHasEnded(_ id: String, _ status: String) -> ErrorReply {
        .final(409, "batch_ended", "the batch job \(id) is \(status): it cannot be cancelled any more")
    }

    /// 429: a client has as many jobs as one may have.
    static var tooManyJobs: ErrorReply {
        .final(
            429,
            "too_many_batches",
            "you have \(BatchRunner.maxLivePerClient) batch jobs that have not ended: wait for one, or cancel one"
        )
    }

    /// 501: no jobs run.
    static var noJobs: ErrorReply { .final(501, "not_kept", "batch jobs do not run here, as batch_parallel is 0") }
}
