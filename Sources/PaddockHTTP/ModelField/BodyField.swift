// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// The keys of a body that matter: those at its top, and those in `options`.
///
/// Top-level keys compare without regard to the case of ASCII letters, as Go matches the fields of a structure; those in `options` are the
/// keys of a map, and compare as they are.
enum BodyField: Equatable, Sendable {
    case other
    case model
    case stream
    case tier
    case keepAlive
    case prompt
    case messages
    case input
    case options
    /// `max_tokens`, `max_completion_tokens` or `max_output_tokens`.
    case maxTokens
    /// `num_predict` in `options`.
    case numPredict
    /// An option that matters; `shift` alone is at the top.
    case option(RunnerOptions.Name)

    /// The field at the top of a body that a whole key without escapes names.
    @inline(__always)
    init(top key: Span<UInt8>) {
        self = key.withUnsafeBytes { key in
            guard let start = key.baseAddress else { return .other }
            let underscore = UInt8(ascii: "_")
            // The usual keys of a length come first.
            switch key.count {
            case 5:
                if start.spellsShort("model") { return .model }
                if start.spellsShort("input") { return .input }
                return start.spellsShort("shift") ? .option(.contextShift) : .other
            case 6:
                if start.spellsShort("prompt") { return .prompt }
                return start.spellsShort("stream") ? .stream : .other
            case 7: return start.spellsShort("options") ? .options : .other
            case 8: return start.spells("messages") ? .messages : .other
            // For a word the underscore is a letter, so that it is asked for on its own.
            case 10:
                if key[4] == underscore, start.spells("keep_alive") { return .keepAlive }
                return key[3] == underscore && start.spells("max_tokens") ? .maxTokens : .other
            case 12: return key[7] == underscore && start.spells("service_tier") ? .tier : .other
            case 17:
                let isSplit = key[3] == underscore && key[10] == underscore
                return isSplit && start.spells("max_output_tokens") ? .maxTokens : .other
            case 21:
                let isSplit = key[3] == underscore && key[14] == underscore
                return isSplit && start.spells("max_completion_tokens") ? .maxTokens : .other
            default: return .other
            }
        }
    }

    /// The field in `options` that a whole key without escapes names.
    init(option key: Span<UInt8>) {
        self = key.isText("num_predict") ? .numPredict : .other
        for name in RunnerOptions.Name.allCases where name != .contextShift && key.isText(name.key) {
            self = .option(name)
        }
    }
}

extension Span<UInt8> {
    /// Whether these are the bytes of a text.
    func isText(_ text: String) -> Bool {
        guard self.count == text.utf8.count else { return false }
        var index = 0
        for byte in text.utf8 {
            guard self[index] == byte else { return false }
            index += 1
        }
        return true
    }
}
