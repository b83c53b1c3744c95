// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The errors that are found while a configuration is read, so that all of them are told at once.
struct FoundErrors {
    private var errors: [ConfigurationError] = []

    /// How many errors are enough: with aliases a small file can mean a very large number of bad values.
    static let maximum = 100

    /// Whether it is not worth looking for more.
    var isFull: Bool { self.errors.count >= Self.maximum }

    /// Adds an error, with those that were found together with it.
    mutating func add(_ error: ConfigurationError) {
        self.errors += error.all.prefix(Self.maximum - self.errors.count)
    }

    /// Ends the reading if anything was found.
    ///
    /// - Throws: the first error, which has the others.
    func throwAny() throws(ConfigurationError) {
        if let error = ConfigurationError(self.errors) { throw error }
    }
}
