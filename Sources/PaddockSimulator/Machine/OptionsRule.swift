// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Which loaded model fits a request that names none of the options that make Ollama load a model anew.
package enum OptionsRule: String, CaseIterable, Sendable {
    /// Any.
    case any
    /// One that was loaded with Ollama's defaults, as Ollama compares all options.
    case exact
}
