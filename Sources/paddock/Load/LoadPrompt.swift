// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Prompts of a given length.
enum LoadPrompt {
    /// A prompt; no two requests begin alike, so that no server answers from what it remembers of the last one.
    static func text(words: Int, number: Int, random: inout SeededRandom) -> String {
        var text = "Request \(number):"
        for _ in 0..<words {
            text += " " + Self.words[Int(random.next() % UInt64(Self.words.count))]
        }
        return text
    }

    private static let words = [
        "horse", "fence", "meadow", "gate", "saddle", "morning", "rider", "track", "starter", "hay", "rain", "river",
        "waits", "runs", "rests", "turns", "opens", "counts", "follows", "leads", "slow", "fast", "early", "late",
        "green", "quiet", "the", "a", "and", "before", "behind", "beside",
    ]
}
