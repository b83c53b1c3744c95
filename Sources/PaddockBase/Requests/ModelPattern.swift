// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The models that a text names: one, or all whose names begin in the same way.
///
/// `llama2` is that model, `mistral:*` is `mistral` with whatever tag, `qwen*` is every model whose name begins so, `*` is all.
package struct ModelPattern: Hashable, Sendable {
    /// The pattern as it was written, in its usual form.
    package let text: String
    private let name: ModelName?
    private let prefix: String

    /// Reads a pattern.
    ///
    /// - Parameter text: a name, or the beginning of names with a `*` behind it.
    /// - Returns: nil if it is neither.
    package init?(_ text: String) {
        if text.last == "*" {
            let prefix = text.dropLast().lowercased()
            guard !prefix.contains("*"), prefix.allSatisfy({ !$0.isWhitespace }) else { return nil }
            self.name = prefix.last == ":" ? ModelName(String(prefix.dropLast())) : nil
            self.prefix = prefix
            self.text = prefix + "*"
        } else {
            guard !text.contains("*"), let name = ModelName(text) else { return nil }
            self.name = name
            self.prefix = ""
            self.text = name.description
        }
    }

    /// Whether it names a model.
    package func matches(_ model: ModelName) -> Bool {
        if self.name == model { return true }
        return self.text.last == "*" && model.description.hasPrefix(self.prefix)
    }
}
