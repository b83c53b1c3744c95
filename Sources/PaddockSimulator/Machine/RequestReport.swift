// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Where the time of one finished request went. All durations are nanoseconds.
///
/// `total` is at least the sum of the others: what is missing is the time spent waiting for a slot, which Ollama counts
/// nowhere either.
struct RequestReport: Equatable, Sendable {
    var total: Int64 = 0
    /// From arrival until the model was loaded, waiting for other models to go included.
    var load: Int64 = 0
    var prefill: Int64 = 0
    var decode: Int64 = 0
    var promptTokens = 0
    var answerTokens = 0
}
