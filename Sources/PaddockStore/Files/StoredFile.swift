// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What is known of a file of a client.
package struct StoredFile: Equatable, Sendable {
    /// Its id, which is its name in the folder of files.
    package var id: String
    /// Whose it is: the name of a client.
    package var owner: String
    /// What its owner calls it.
    package var filename: String
    /// What it is for.
    package var purpose: String
    /// Its length; of one that is still written that of its beginning.
    package var bytes: Int
    /// When it was made, in seconds since 1970.
    package var createdAt: Int
    /// When it is to be removed, in seconds since 1970. Defaults to nil: with its age.
    package var expiresAt: Int?
    /// Whether it is whole. Defaults to true.
    package var isPublished = true

    /// - Parameters:
    ///   - id: its id.
    ///   - owner: whose it is.
    ///   - filename: what its owner calls it.
    ///   - purpose: what it is for.
    ///   - bytes: its length.
    ///   - createdAt: when it was made, in seconds since 1970.
    package init(id: String, owner: String, filename: String, purpose: String, bytes: Int, createdAt: Int) {
        self.id = id
        self.owner = owner
        self.filename = filename
        self.purpose = purpose
        self.bytes = bytes
        self.createdAt = createdAt
    }
}

/// Which files are listed: the published ones of one client.
package struct FileQuery: Sendable {
    /// Whose they are.
    package var owner: String
    /// What they are for. Defaults to nil: anything.
    package var purpose: String?
    /// Where the list begins.
    package var start = ListStart.beginning
    /// How many at most.
    package var limit: Int
    /// Whether the oldest come first. Defaults to false.
    package var isAscending = false

    /// - Parameters:
    ///   - owner: whose they are.
    ///   - limit: how many at most.
    package init(owner: String, limit: Int) {
        self.owner = owner
        self.limit = limit
    }
}
