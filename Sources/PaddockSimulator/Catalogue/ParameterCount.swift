// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The number of parameters that the name of a model gives: `llama3:70b`, `qwen3:0.6b`, `mixtral:8x7b`, `all-minilm:22m`.
enum ParameterCount {
    /// - Parameter key: The name in lower case.
    /// - Returns: From a million to 10 trillion; `nil` if the name gives none.
    static func parse(_ key: String) -> Double? {
        let words = key.split { ":-_/".contains($0) }
        // The tag says more than the name.
        return words.reversed().lazy.compactMap(Self.number).first { (1e6...1e13).contains($0) }
    }

    /// As Ollama writes it: `7B`, `1.5B`, `137M`.
    static func text(_ count: Double) -> String {
        let (value, unit) = count < 1e9 ? (count / 1e6, "M") : (count / 1e9, "B")
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)\(unit)" : "\(tenths / 10).\(tenths % 10)\(unit)"
    }

    private static func number(_ word: Substring) -> Double? {
        guard let unit = word.last, let scale = ["b": 1e9, "m": 1e6][unit] else { return nil }
        let factors = word.dropLast().split(separator: "x", omittingEmptySubsequences: false)
        let isPlain = factors.allSatisfy { $0.allSatisfy { "0123456789.".contains($0) } }
        guard isPlain, factors.count <= 2 else { return nil }
        var product = scale
        for factor in factors {
            guard let number = Double(factor) else { return nil }
            product *= number
        }
        return product
    }
}
