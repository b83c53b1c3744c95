// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBatch
internal import PaddockStore

/// A job that has not ended.
struct LiveBatch: Sendable {
    /// What is known of it; the status here is the one that its owner sees.
    var batch: StoredBatch
    /// Its files.
    let files: BatchFiles
    /// Whether a message has told that its files cannot be written.
    var isStuck = false

    /// The ids of all its files.
    var fileIDs: [String] {
        let (output, errors) = self.files.ids
        return [self.batch.inputFile] + [output, errors].compactMap(\.self)
    }
}
