// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase

/// Makes ``BodyHints`` of the values that a walk over a body finds.
struct HintReader: Sendable {
    private var found = BodyHints()
    /// The options whose last value is of a wrong type, one bit each.
    private var wrongOptions: UInt8 = 0
    /// Whether it is of use how many tokens the answer may have.
    var readsMaxTokens = true
    /// Whether there are `options` that are neither an object nor null.
    private var hasOddOptions = false

    /// What has been found so far.
    var hints: BodyHints {
        guard self.wrongOptions == 0, !self.hasOddOptions else {
            var hints = self.found
            hints.options = RunnerOptions()
            return hints
        }
        return self.found
    }

    /// Begins another body.
    mutating func reset() {
        self.found = BodyHints()
        self.wrongOptions = 0
        self.hasOddOptions = false
    }

    // MARK: - Texts

    /// A text begins.
    @inline(__always)
    mutating func beginText(_ field: BodyField) {
        switch field {
        case .prompt: self.found.hasPrompt = false
        case .input: self.found.inputs = 0
        case .messages: self.found.hasMessages = true
        case .options: self.hasOddOptions = true
        case .option(let name): self.set(name, nil, isWrong: true)
        case .numPredict: self.found.numPredict = 0
        case .other, .model, .stream, .tier, .keepAlive, .maxTokens: break
        }
    }

    /// The text of a prompt or an input is not empty.
    @inline(__always)
    mutating func noteCharacters(_ field: BodyField) {
        if field == .prompt { self.found.hasPrompt = true } else { self.found.inputs = 1 }
    }

    /// A short text has ended.
    ///
    /// - Parameter text: the text; of one that is too long the beginning.
    mutating func endText(_ field: BodyField, _ text: Span<UInt8>) {
        if field == .tier {
            self.found.isFlexTier = text.isText("flex")
        } else {
            let duration = text.count > ShortText.maxBytes ? nil : text.goDurationInNanoseconds
            self.setKeepAlive(duration, isNegative: duration ?? 0 < 0)
        }
    }

    // MARK: - Other values

    /// A value begins that is no text.
    ///
    /// - Parameter byte: its first byte; perhaps one that begins no value.
    /// - Returns: whether it is a number that ``endNumber(_:_:)`` is to be told.
    mutating func beginValue(_ field: BodyField, _ byte: UInt8) -> Bool {
        let isNumber = byte == UInt8(ascii: "-") || byte &- UInt8(ascii: "0") < 10
        let isNull = byte == UInt8(ascii: "n")
        switch field {
        case .stream:
            if byte == UInt8(ascii: "t") { self.found.stream = true }
            if byte == UInt8(ascii: "f") { self.found.stream = false }
        case .keepAlive:
            self.setKeepAlive(nil, isNegative: false)
            return isNumber
        case .prompt:
            if !isNull { self.found.hasPrompt = true }
        case .messages: self.found.hasMessages = !isNull
        case .input: self.found.inputs = isNull ? 0 : 1
        case .options: self.beginOptions(byte, isNull: isNull)
        case .option(let name): return self.beginOption(name, byte, isNumber: isNumber)
        case .maxTokens: return isNumber && self.readsMaxTokens
        case .numPredict:
            if !isNull { self.found.numPredict = 0 }
            return isNumber && self.readsMaxTokens
        case .other, .model, .tier: break
        }
        return false
    }

    /// An array that is the value of `messages` or `input` has ended.
    ///
    /// - Parameters:
    ///   - count: how many elements it has.
    ///   - areNumbers: whether they are numbers, which are the tokens of one input.
    mutating func endArray(_ field: BodyField, count: Int, areNumbers: Bool) {
        switch field {
        case .messages: self.found.hasMessages = count > 0
        case .input: self.found.inputs = areNumbers ? 1 : Int32(clamping: count)
        default: break
        }
    }

    /// A number has ended.
    ///
    /// - Parameter text: the number; of one that is too long the beginning.
    mutating func endNumber(_ field: BodyField, _ text: Span<UInt8>) {
        guard text.count <= ShortText.maxBytes else { return }
        let number = DecimalNumber(text)
        var integer: Int32 { Int32(number.integer(limit: Int64(Int32.max))) }
        switch field {
        case .option(let name): self.set(name, integer, isWrong: false)
        case .maxTokens: self.found.maxTokens = max(self.found.maxTokens, integer)
        case .numPredict: self.found.numPredict = max(0, integer)
        default: self.setKeepAlive(number.integer(timesTenTo: 9, limit: .max), isNegative: number.isBelowZero)
        }
    }

    // MARK: - Options

    /// A null takes back what earlier `options` said, and any other object adds to it.
    private mutating func beginOptions(_ byte: UInt8, isNull: Bool) {
        guard isNull else {
            if byte != UInt8(ascii: "{") { self.hasOddOptions = true }
            return
        }
        self.found.numPredict = 0
        for name in RunnerOptions.Name.allCases where name != .contextShift { self.set(name, nil, isWrong: false) }
    }

    private mutating func beginOption(_ name: RunnerOptions.Name, _ byte: UInt8, isNumber: Bool) -> Bool {
        let isBoolean = byte == UInt8(ascii: "t") || byte == UInt8(ascii: "f")
        let isRight = byte == UInt8(ascii: "n") || (name.isBoolean ? isBoolean : isNumber)
        let value: Int32? = name.isBoolean && isBoolean ? (byte == UInt8(ascii: "t") ? 1 : 0) : nil
        self.set(name, value, isWrong: !isRight)
        return isNumber && !name.isBoolean
    }

    private mutating func set(_ name: RunnerOptions.Name, _ value: Int32?, isWrong: Bool) {
        self.found.options[name] = value
        let bit = UInt8(1) << name.rawValue
        self.wrongOptions = isWrong ? self.wrongOptions | bit : self.wrongOptions & ~bit
    }

    private mutating func setKeepAlive(_ nanoseconds: Int64?, isNegative: Bool) {
        self.found.keepAliveNanoseconds = isNegative ? Int64.max : nanoseconds ?? -1
    }
}
