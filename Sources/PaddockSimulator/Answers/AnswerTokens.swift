// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// The tokens of an answer, one after the other.
///
/// A text says first that it is simulated, then goes on in words drawn from the plan's seed.
struct AnswerTokens: Sendable {
    /// One token.
    struct Token: Equatable, Sendable {
        /// What a token is part of.
        enum Kind: Equatable, Sendable {
            case thinking
            case text
            /// The arguments of a call of a tool.
            case arguments
        }

        let text: String
        let kind: Kind
    }

    private let plan: AnswerPlan
    private var random: SeededRandom
    private var produced = 0
    /// Words until the full stop; 0 begins a sentence.
    private var wordsLeft = 0
    /// The text of an answer in JSON, already cut.
    private let pieces: [String]

    init(plan: AnswerPlan) {
        self.plan = plan
        var random = SeededRandom(seed: ~plan.seed)
        let count = plan.tokens - plan.thinkingTokens
        switch plan.format {
        case .text:
            self.pieces = []
        case .json:
            let words = (0..<count).map { _ in Self.words[random.number(below: Self.words.count)] }
            self.pieces = Self.cut(#"{"simulated":true,"answer":"\#(words.joined().dropFirst())"}"#, into: count)
        case .schema(let schema):
            self.pieces = Self.cut(SchemaSample(schema: schema).text, into: count)
        case .toolCall(let call):
            self.pieces = Self.cut(call.arguments, into: count)
        }
        self.random = random
    }

    mutating func next() -> Token? {
        guard self.produced < self.plan.tokens else { return nil }
        let index = self.produced
        self.produced += 1
        if index < self.plan.thinkingTokens {
            return Token(text: self.thought(index), kind: .thinking)
        }
        let text = self.word(index - self.plan.thinkingTokens)
        if case .toolCall = self.plan.format { return Token(text: text, kind: .arguments) }
        return Token(text: text, kind: .text)
    }

    private mutating func thought(_ index: Int) -> String {
        index < Self.thinkingOpening.count ? Self.thinkingOpening[index] : self.drawnWord()
    }

    private mutating func word(_ index: Int) -> String {
        if self.plan.format != .text { return index < self.pieces.count ? self.pieces[index] : "" }
        if index < Self.opening.count { return Self.opening[index] }
        if self.wordsLeft == 0 {
            self.wordsLeft = 5 + self.random.number(below: 8)
            return Self.capitalised[self.random.number(below: Self.capitalised.count)]
        }
        self.wordsLeft -= 1
        return self.wordsLeft == 0 ? "." : self.drawnWord()
    }

    private mutating func drawnWord() -> String {
        Self.words[self.random.number(below: Self.words.count)]
    }

    /// Cuts a text into at most `count` pieces of about the same length.
    private static func cut(_ text: String, into count: Int) -> [String] {
        let length = max(1, (text.count + count - 1) / max(1, count))
        var pieces: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return pieces
    }

    private static let opening = [
        "This", " is", " a", " simulated", " answer", ":", " paddock", " sim", " runs", " no", " model", ".",
    ]

    private static let thinkingOpening = ["Simulated", " thinking", ":"]

    private static let words = """
        grass gate water hill wind stone rain light field track fence barn hay oat clover ditch bridge lane meadow oak \
        ash river mill cart bell rope wheel bucket straw saddle hoof mane foal mare colt pony herd rider walks runs \
        waits turns stands drinks rests grazes and then under over near beyond quiet early late slow bright green old
        """.split(separator: " ").map { " " + $0 }

    private static let capitalised = words.map { " " + $0.dropFirst().prefix(1).uppercased() + $0.dropFirst(2) }
}
