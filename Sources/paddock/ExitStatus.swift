// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockStore

/// How the commands end: statuses of `sysexits.h`.
enum ExitStatus: Int32, CaseIterable {
    /// It did what it was asked to do.
    case success = 0
    /// `status --exit-status`: something is critical; `check-config --strict`: there are warnings.
    case trouble = 1
    /// The command line is wrong. Argument parsing ends with it, too.
    case usage = 64
    /// The gateway does not accept what it was asked: an unknown model or request, a bad value.
    case badData = 65
    /// A file cannot be read.
    case noInput = 66
    /// Nothing answers there, or it cannot do this now.
    case unavailable = 69
    /// A file cannot be opened for writing.
    case cannotCreate = 73
    /// The output cannot be written.
    case outputError = 74
    /// What answers is not Paddock, or no HTTP.
    case protocolError = 76
    /// The gateway refuses the token, or wants one.
    case noPermission = 77
    /// The configuration, a variable or the token file is wrong.
    case configuration = 78
}

extension ExitStatus {
    /// The meaning, as the manual says it.
    var meaning: String {
        switch self {
        case .success: "Success."
        case .trouble: "status --exit-status: something is critical; check-config --strict: there are warnings."
        case .usage: "The command line is wrong."
        case .badData:
            "The gateway refuses the request (an unknown model or request, a bad value), or a file is not a trace."
        case .noInput: "A file cannot be read."
        case .unavailable: "Nothing answers, or the gateway cannot do this now, or the port is taken."
        case .cannotCreate: "A file cannot be opened for writing."
        case .outputError: "The output cannot be written."
        case .protocolError: "What answers is not Paddock."
        case .noPermission: "The gateway refuses the admin token, or requires one."
        case .configuration: "The configuration, a variable or the token file is wrong."
        }
    }
}

/// Why a command ends early: one line for the user, and the exit status.
struct CommandFailure: Error, Equatable {
    let status: ExitStatus
    /// What was wrong and what would be right; printable characters only.
    let message: String
    /// The same in a few words, where the rest is known; for `top`.
    let reason: String

    init(_ status: ExitStatus, _ message: String, reason: String? = nil) {
        self.status = status
        self.message = message.escapedForTerminal
        self.reason = (reason ?? message).escapedForTerminal
    }
}

extension CommandFailure {
    /// Why the store cannot be opened.
    init(_ error: StoreError) {
        let status: ExitStatus =
            switch error {
            case .unusable, .full, .noTarget: .cannotCreate
            case .missing: .noInput
            case .inUse: .unavailable
            case .newer, .damaged, .failed, .tooManyRows: .badData
            }
        self.init(status, error.description)
    }
}
