// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockProxy
internal import PaddockStore
internal import PaddockSystem

extension ErrorReply {
    /// 404: there is no such file, or it is another client's.
    static func noFile(_ id: String) -> ErrorReply {
        ErrorReply(404, "not_found", "there is no file \(id.prefix(64)): GET /v1/files lists yours")
    }

    /// 501: there is no folder for files, as `state` is off, or the store is in memory.
    static var noFiles: ErrorReply {
        .final(501, "not_kept", "files and batch jobs are not kept, as there is no state folder: set state to a folder")
    }

    /// 413: an upload is too long.
    static func uploadTooLarge(_ limit: Int) -> ErrorReply {
        .final(413, "file_too_large", "a file may have \(limit) bytes at most (batch_file_bytes): split it")
    }

    /// 507: there is no room, or a client has too many files (409).
    init(_ refusal: FileAccounts.Refusal) {
        switch refusal {
        case .tooMany:
            self = .final(
                409,
                "too_many_files",
                "you have \(FileLimits.perClient) files, the most that a client may have: delete some"
            )
        case .full(let limit):
            self = .final(
                507,
                "insufficient_storage",
                "all files together may take \(limit) bytes (batch_files_max): delete some"
            )
        }
    }

    /// What is wrong with the files' folder.
    init(_ error: SystemError) {
        self =
            error.code == ENOSPC || error.code == EDQUOT
            ? .diskFull
            : ErrorReply(500, "internal_error", "files cannot be read or written: \(error)")
    }

    /// What is wrong with the store of which files there are.
    init(_ error: StoreError) {
        if case .full = error {
            self = .diskFull
        } else {
            self = ErrorReply(503, "store_error", "nothing has changed, as the store cannot be used: \(error.reason)")
        }
    }

    private static var diskFull: ErrorReply {
        .final(507, "insufficient_storage", "there is no room on the gateway's disk: nothing was kept")
    }

    /// An error after which a retry does no good; client libraries retry some statuses by themselves.
    static func final(_ status: Int, _ code: String, _ message: String) -> ErrorReply {
        var error = ErrorReply(status, code, message)
        error.isFinal = true
        return error
    }
}
