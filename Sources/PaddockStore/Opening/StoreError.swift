// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a store cannot be opened, read or written: one message each.
package enum StoreError: Error, Equatable, Sendable {
    /// The folder cannot be made, or not be written to.
    case unusable(folder: String, reason: String)
    /// Another process has the folder.
    case inUse(folder: String)
    /// The file has a schema that a later version of Paddock made.
    case newer(file: String)
    /// The file is no database, or a damaged one. It has not been changed.
    case damaged(file: String, reason: String)
    /// There is no room for what was to be written.
    case full(file: String)
    /// Reading or writing failed for another reason.
    case failed(file: String, reason: String)
    /// There is no store.
    case missing(file: String)
    /// The file of a backup cannot be made.
    case noTarget(file: String, reason: String)
    /// A reading has more rows than are answered at once.
    case tooManyRows(limit: Int)

    /// Whether another folder would help, so that a folder that nobody named can be done without.
    package var isOfFolder: Bool {
        switch self {
        case .unusable, .inUse, .full: true
        case .newer, .damaged, .failed, .missing, .noTarget, .tooManyRows: false
        }
    }

    /// What is wrong in a few words, without a remedy.
    package var reason: String {
        switch self {
        case .unusable(let folder, let reason): "\(folder) cannot be written to (\(reason))"
        case .inUse(let folder): "\(folder) is in use by another gateway"
        case .newer(let file): "\(file) was written by a later version of Paddock"
        case .damaged(let file, let reason): "\(file) is damaged (\(reason))"
        case .full(let file): "there is no room for \(file): the disk is full"
        case .failed(let file, let reason): "\(file): \(reason)"
        case .missing(let file): "\(file) is not there"
        case .noTarget(let file, let reason): "\(file) cannot be made (\(reason))"
        case .tooManyRows(let limit): "there are more than \(limit) rows"
        }
    }
}

extension StoreError: CustomStringConvertible {
    /// What is wrong, and what would be right.
    package var description: String {
        switch self {
        case .unusable: "\(self.reason): give a writable folder as state, or state: off"
        case .inUse: "\(self.reason): give each gateway a state folder of its own"
        case .newer: "\(self.reason): run that version, or give another state folder"
        case .damaged:
            "\(self.reason), and has not been changed: put a backup in its place, or move it away to begin with an empty one"
        case .full: "\(self.reason): make room"
        case .failed: self.reason
        case .missing: "\(self.reason): give the state folder of the gateway with --state"
        case .noTarget: "\(self.reason): give the name of a new file in a writable folder"
        case .tooManyRows: "\(self.reason): ask for a shorter time, or group by less"
        }
    }
}
