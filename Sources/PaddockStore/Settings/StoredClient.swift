// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A client that an operator made.
package struct StoredClient: Equatable, Sendable {
    /// A key of it.
    package struct Key: Equatable, Sendable {
        /// The SHA-256 hash of the key, as 64 hexadecimal digits.
        package var hash: String
        /// Until when it is good, in seconds since 1970; nil for always.
        package var validUntil: Int?

        /// - Parameters:
        ///   - hash: the hash of the key, as 64 hexadecimal digits.
        ///   - validUntil: until when it is good, in seconds since 1970. Defaults to nil: always.
        package init(hash: String, validUntil: Int? = nil) {
            self.hash = hash
            self.validUntil = validUntil
        }
    }

    /// Its name.
    package var name: String
    /// What was set of it, by the keys of the configuration; a list has several texts.
    package var values: [String: [String]] = [:]
    /// When it was made, in seconds since 1970.
    package var createdAt: Int
    /// Until when its keys are good, in seconds since 1970; nil for always.
    package var validUntil: Int?
    /// When it last had a request, in seconds since 1970; nil if it never had.
    package var lastUsed: Int?
    /// Its keys, the newest first.
    package var keys: [Key] = []

    /// - Parameters:
    ///   - name: its name.
    ///   - createdAt: when it was made, in seconds since 1970.
    package init(name: String, createdAt: Int) {
        self.name = name
        self.createdAt = createdAt
    }
}
