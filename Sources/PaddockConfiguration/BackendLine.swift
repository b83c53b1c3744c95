// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// One backend of a list, and where it was named.
struct BackendLine {
    /// What was declared.
    let backend: DeclaredBackend
    /// Its address as it was written.
    let text: String
    /// The place of the address.
    let source: ConfigurationSource
    /// The places of what else its map says.
    let sources: [BackendKey: ConfigurationSource]

    init(
        _ backend: DeclaredBackend,
        text: String,
        _ source: ConfigurationSource,
        _ sources: [BackendKey: ConfigurationSource] = [:]
    ) {
        self.backend = backend
        self.text = text
        self.source = source
        self.sources = sources
    }

    /// A backend of which nothing but the address is written.
    init(_ text: String, _ source: ConfigurationSource) throws(ConfigurationError) {
        do throws(InvalidValue) {
            self.init(DeclaredBackend(try BackendURL.parse(text)), text: text, source)
        } catch {
            throw ConfigurationError(source: source, key: .backends, error)
        }
    }
}
