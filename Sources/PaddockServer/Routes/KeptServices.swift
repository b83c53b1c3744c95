// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What stays over restarts, as far as there is a store for it.
package struct KeptServices: Sendable {
    /// What happened.
    package let events: EventLog
    /// What operators set at run time.
    package let settings: OperatorSettings
    /// The clients that operators made at run time.
    package let keys: KeyRing
    /// Usage. Defaults to nil: it is not kept.
    package var usage: UsageRecorder?
    /// The requests that are kept after their end. Defaults to nil: none are.
    package var archive: HistoryRecorder?
    /// The files of clients. Defaults to nil: there is no folder for them.
    package var files: FileStore?
    /// The batch jobs of clients. Defaults to nil: there is no folder for their files.
    package var batches: BatchRunner?
    /// The cluster that this gateway is a member of. Defaults to nil: it is of none.
    var cluster: ClusterService?
    /// Makes routes answer for all members. Defaults to nil: there are none.
    var members: ClusterMembers?

    /// - Parameters:
    ///   - events: what happened.
    ///   - settings: what operators set at run time.
    ///   - keys: the clients that operators made at run time.
    package init(events: EventLog, settings: OperatorSettings, keys: KeyRing) {
        self.events = events
        self.settings = settings
        self.keys = keys
    }
}
