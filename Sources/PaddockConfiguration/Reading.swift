// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What is known and what was found while a configuration is read.
struct Reading {
    /// Turns a model's name into its one spelling; `nil` for a text that is no model name.
    let normalise: (String) -> String?
    /// Where each value came from, by its name in listings.
    var sources: [String: ConfigurationSource] = [:]

    init(normalise: @escaping (String) -> String?) { self.normalise = normalise }
}
