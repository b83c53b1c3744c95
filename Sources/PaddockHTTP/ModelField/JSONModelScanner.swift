// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Finds the top-level `model` of a JSON body that arrives in any number of pieces.
///
/// It sees what Go's `encoding/json` sees, for that is what the backend reads the body with:
///
/// - the body is one object with nothing but white space around it, nested at most `maxDepth` levels deep;
/// - keys compare after their escapes are undone and without regard to the case of ASCII letters (no other letter of
///   Unicode folds to one of `model`);
/// - of several `model`s the last that is not null counts, and one that is neither string nor null is an error;
/// - in strings an unpaired surrogate and each byte that is not UTF-8 become U+FFFD.
///
/// Beside the model it notes the top-level `stream`, `service_tier` and `keep_alive`, as hints: what is wrong with these is for the backend
/// to say.
///
/// It never decodes, copies or keeps the body: what it holds is a state, one bit per level, and the start of a name.
/// Once it has a problem it looks at no further byte.
package struct JSONModelScanner: ~Copyable, Sendable {
    /// The deepest nesting of objects and arrays, the outermost object included: 10,000, as in Go.
    package static let maxDepth = 10_000

    /// Why there is no model, once that is certain.
    ///
    /// More bytes cannot change it.
    package private(set) var problem: ModelFieldProblem?

    private var phase = Phase.start
    private var role = TextRole.value
    private var containers = ContainerStack()
    /// The bytes of all earlier pieces.
    private var consumed = 0

    /// What the body has besides its model, as far as it has been seen.
    package private(set) var hints = BodyHints()

    /// How many letters of a string have matched the word that it is compared with; `mismatch` once one has not.
    private var matchedLetters = 0
    /// The name that a top-level key has matched so far, and then the one whose value is next.
    private var field = Field.other
    private var capture = ModelNameCapture()
    private var found: ModelField?
    private var lastField = LastModelField()

    /// The hexadecimal digits of a `\u` escape so far, and how many are missing.
    private var codeUnit: UInt16 = 0
    private var missingDigits = 0
    /// What is left of a literal, the next byte lowest.
    private var literal: UInt32 = 0

    /// A scanner that has seen nothing of a body.
    package init() {}

    /// Begins another body, in place: a new scanner would be copied there.
    mutating func reset() {
        // Checked first, as writing would release something.
        if self.problem != nil { self.problem = nil }
        if self.found != nil { self.found = nil }
        if !self.capture.isEmpty { self.capture = ModelNameCapture() }
        self.phase = .start
        self.role = .value
        self.containers.reset()
        self.consumed = 0
        self.hints = BodyHints()
        self.matchedLetters = 0
        self.field = .other
        self.codeUnit = 0
        self.missingDigits = 0
        self.literal = 0
    }

    /// Looks at the next bytes of the body.
    package mutating func feed(_ bytes: Span<UInt8>) {
        var index = 0
        // The most frequent input comes first and is inlined: it is what each queued request costs.
        while index < bytes.count {
            switch self.phase {
            case .text: self.scanText(bytes, &index)
            case .colon: self.scanColon(bytes[index], &index)
            case .value, .valueOrEnd: self.scanValue(bytes[index], &index)
            case .next: self.scanNext(bytes[index], &index)
            case .key, .keyOrEnd: self.scanKey(bytes[index], &index)
            case .integer, .fraction, .exponentDigits: self.scanDigits(bytes, &index)
            case .minus, .zero, .point, .exponent, .exponentSign: self.scanNumber(bytes[index], &index)
            case .literal: self.scanLiteral(bytes[index], &index)
            case .escape, .hexadecimal: self.scanEscape(bytes[index], &index)
            case .start, .end: self.scanOutside(bytes[index], &index)
            case .failed: return
            }
        }
        self.consumed += bytes.count
    }

    /// The model that has been found so far; another may follow.
    package var modelSoFar: String? {
        if case .model(let name) = self.found { name } else { nil }
    }

    /// Ends the body.
    ///
    /// - Returns: the model, or what is wrong with the body.
    package mutating func finish() -> ModelField {
        switch self.phase {
        case .end: break
        case .start: self.fail(.emptyBody)
        case .failed: break
        default: self.fail(.incomplete(bytes: self.consumed))
        }
        if let problem = self.problem { return .invalid(problem) }
        return self.found ?? .invalid(.missing)
    }

    private mutating func fail(_ problem: ModelFieldProblem) {
        self.problem = problem
        self.phase = .failed
    }

    private mutating func fail(at index: Int, expected: JSONExpectation) {
        self.fail(.malformed(offset: self.consumed + index, expected: expected))
    }
}

// MARK: - Phases

extension JSONModelScanner {
    /// The expected input.
    private enum Phase: UInt8, Sendable {
        /// The object. Becomes `keyOrEnd`.
        case start
        /// The first key of an object, or its end.
        case keyOrEnd
        /// A key, after a comma.
        case key
        /// The colon after a key.
        case colon
        /// A value.
        case value
        /// The first value of an array, or its end.
        case valueOrEnd
        /// A comma after a value, or the end of its container.
        case next
        /// Nothing but white space, after the object.
        case end

        /// More of a string.
        case text
        /// The character after a backslash.
        case escape
        /// Four digits, after `\u`.
        case hexadecimal

        /// A digit, after a minus sign.
        case minus
        /// More of a number whose integer is 0.
        case zero
        /// More of a number whose integer may have more digits.
        case integer
        /// A digit, after the point.
        case point
        /// More digits after the point.
        case fraction
        /// A sign or a digit, after `e`.
        case exponent
        /// A digit, after the sign of an exponent.
        case exponentSign
        /// More digits of an exponent.
        case exponentDigits

        /// The rest of true, false or null.
        case literal
        /// Nothing: there is a problem.
        case failed
    }

    /// What a string is for.
    private enum TextRole: UInt8, Sendable {
        /// A key of an inner object.
        case innerKey
        /// A key of the outermost object, to be compared with `model`.
        case topKey
        /// A value that does not matter.
        case value
        /// The value of `model`, to be captured.
        case model
        /// The value of `service_tier`, to be compared with `flex`.
        case tier
        /// The value of `keep_alive`, which has other digits than 0 or not.
        case keepAlive
    }

    /// The top-level keys that matter.
    private enum Field: UInt8, Sendable {
        case other
        case model
        case stream
        case tier
        case keepAlive

        /// The name that a whole key without escapes spells, without regard to case.
        init(spelledBy text: Span<UInt8>) {
            let field: Field =
                switch text.count {
                case 5: .model
                case 6: .stream
                case 10: .keepAlive
                case 12: .tier
                default: .other
                }
            let letters = field.letters
            for index in 0..<letters.utf8CodeUnitCount
            where text[index].asciiLowercased != letters.utf8Start[index] {
                self = .other
                return
            }
            self = field
        }

        /// How the key is written.
        var letters: StaticString {
            switch self {
            case .other: ""
            case .model: "model"
            case .stream: "stream"
            case .tier: "service_tier"
            case .keepAlive: "keep_alive"
            }
        }
    }

    private static let flexTier: StaticString = "flex"
    private static let mismatch = -1
}

// MARK: - Structure

extension JSONModelScanner {
    private mutating func scanOutside(_ byte: UInt8, _ index: inout Int) {
        if self.phase == .start, byte == UInt8(ascii: "{") {
            self.open(isObject: true)
        } else if !byte.isJSONBlank {
            self.refuse(byte, at: index)
        }
        index += 1
    }

    @inline(__always)
    private mutating func scanKey(_ byte: UInt8, _ index: inout Int) {
        if byte == UInt8(ascii: "\"") {
            self.role = self.containers.depth == 1 ? .topKey : .innerKey
            self.field = .other
            self.matchedLetters = 0
            self.phase = .text
        } else if byte == UInt8(ascii: "}"), self.phase == .keyOrEnd {
            self.close()
        } else if !byte.isJSONBlank {
            self.refuse(byte, at: index)
        }
        index += 1
    }

    @inline(__always)
    private mutating func scanColon(_ byte: UInt8, _ index: inout Int) {
        if byte == UInt8(ascii: ":") {
            self.phase = .value
        } else if !byte.isJSONBlank {
            self.refuse(byte, at: index)
        }
        index += 1
    }

    @inline(__always)
    private mutating func scanNext(_ byte: UInt8, _ index: inout Int) {
        let isObject = self.containers.isObject
        if byte == UInt8(ascii: ",") {
            self.phase = isObject ? .key : .value
        } else if byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) {
            self.close()
        } else if !byte.isJSONBlank {
            self.refuse(byte, at: index)
        }
        index += 1
    }

    @inline(__always)
    private mutating func scanValue(_ byte: UInt8, _ index: inout Int) {
        if byte == UInt8(ascii: "\"") {
            self.beginText()
        } else if !byte.isJSONBlank {
            self.beginValue(byte, at: index)
        }
        index += 1
    }

    @inline(__always)
    private mutating func beginText() {
        self.phase = .text
        switch self.field {
        case .model: self.role = .model
        case .tier:
            self.role = .tier
            self.matchedLetters = 0
        case .keepAlive:
            self.role = .keepAlive
            self.hints.mayUnload = true
        case .other, .stream: self.role = .value
        }
        if self.field != .model { self.field = .other }
    }

    private mutating func beginValue(_ byte: UInt8, at index: Int) {
        if self.field != .model { self.noteValue(byte) }
        if self.field == .model, let kind = JSONKind(firstByte: byte), kind != .null {
            self.fail(.notAString(kind))
            return
        }
        switch byte {
        case UInt8(ascii: "{"): self.open(isObject: true)
        case UInt8(ascii: "["): self.open(isObject: false)
        case UInt8(ascii: "]") where self.phase == .valueOrEnd: self.close()
        case UInt8(ascii: "-"): self.phase = .minus
        case UInt8(ascii: "0"): self.phase = .zero
        case UInt8(ascii: "1")...UInt8(ascii: "9"): self.phase = .integer
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            self.phase = .literal
            self.literal = Self.literal(behind: byte)
            // A null changes no earlier model; alone it deserves a message of its own.
            if self.field == .model, self.found == nil { self.found = .invalid(.null) }
        default: self.refuse(byte, at: index)
        }
    }

    /// Notes a value other than a string for `stream` and `keep_alive`, and that it belongs to no key that matters.
    private mutating func noteValue(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "t") where self.field == .stream: self.hints.stream = true
        case UInt8(ascii: "f") where self.field == .stream: self.hints.stream = false
        default: break
        }
        if self.field == .keepAlive {
            self.hints.mayUnload = byte == UInt8(ascii: "0") || byte == UInt8(ascii: "-")
        }
        self.field = .other
    }

    private mutating func open(isObject: Bool) {
        guard self.containers.depth < Self.maxDepth else {
            self.fail(.tooDeep)
            return
        }
        self.containers.push(isObject: isObject)
        self.phase = isObject ? .keyOrEnd : .valueOrEnd
    }

    private mutating func close() {
        self.containers.pop()
        self.phase = self.containers.depth == 0 ? .end : .next
    }

    private mutating func refuse(_ byte: UInt8, at index: Int) {
        switch self.phase {
        case .start:
            if let kind = JSONKind(firstByte: byte) {
                self.fail(.notAnObject(kind))
            } else {
                self.fail(at: index, expected: .object)
            }
        case .keyOrEnd: self.fail(at: index, expected: .keyOrEnd)
        case .key: self.fail(at: index, expected: .key)
        case .colon: self.fail(at: index, expected: .colon)
        case .valueOrEnd: self.fail(at: index, expected: .valueOrEnd)
        case .next: self.fail(at: index, expected: self.containers.isObject ? .commaOrBrace : .commaOrBracket)
        case .end: self.fail(.moreBehindTheObject(offset: self.consumed + index))
        default: self.fail(at: index, expected: .value)
        }
    }
}

// MARK: - Strings

extension JSONModelScanner {
    @inline(__always)
    private mutating func scanText(_ bytes: Span<UInt8>, _ index: inout Int) {
        let end = bytes.endOfPlainText(from: index)
        if self.role != .value, self.role != .innerKey { self.readText(bytes, index..<end) }
        index = end
        guard end < bytes.count else { return }
        let byte = bytes[end]
        index = end + 1
        if byte == UInt8(ascii: "\"") {
            self.phase = self.role == .innerKey || self.role == .topKey ? .colon : .next
        } else if byte == UInt8(ascii: "\\") {
            self.phase = .escape
        } else {
            self.fail(at: end, expected: .text)
        }
    }

    /// Reads a piece of a string that matters, and ends it if a quote is next.
    private mutating func readText(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let isEnd = range.upperBound < bytes.count && bytes[range.upperBound] == UInt8(ascii: "\"")
        if self.role == .topKey {
            if isEnd, self.matchedLetters == 0 {
                // The usual case: no escape, no split.
                self.field = Field(spelledBy: bytes.extracting(range))
                return
            }
            self.match(bytes.extracting(range))
            if isEnd, self.matchedLetters != self.field.letters.utf8CodeUnitCount { self.field = .other }
            return
        }
        if self.role == .tier {
            self.match(bytes.extracting(range))
            if isEnd { self.hints.isFlexTier = self.matchedLetters == Self.flexTier.utf8CodeUnitCount }
            return
        }
        if self.role == .keepAlive {
            for index in range where bytes[index] &- UInt8(ascii: "1") < 9 { self.hints.mayUnload = false }
            return
        }
        if isEnd { self.field = .other }
        if isEnd, self.capture.isEmpty {
            // The usual case: no escape, no split, no copy.
            self.found = self.lastField.field(of: bytes.extracting(range))
            return
        }
        self.capture.append(bytes.extracting(range))
        if isEnd { self.found = self.capture.finish() }
    }

    private mutating func match(_ text: Span<UInt8>) {
        var index = 0
        while index < text.count, self.matchedLetters != Self.mismatch {
            self.match(text[index])
            index += 1
        }
    }

    @inline(__always)
    private mutating func match(_ character: UInt8) {
        let index = self.matchedLetters
        guard index >= 0 else { return }
        let word: StaticString
        if self.role == .topKey {
            // The first letters decide which name it can be.
            switch (index, character.asciiLowercased) {
            case (0, UInt8(ascii: "m")): self.field = .model
            case (0, UInt8(ascii: "s")): self.field = .stream
            case (0, UInt8(ascii: "k")): self.field = .keepAlive
            case (0, _): self.field = .other
            case (1, UInt8(ascii: "e")) where self.field == .stream: self.field = .tier
            default: break
            }
            word = self.field.letters
        } else {
            word = Self.flexTier
        }
        let letter = self.role == .topKey ? character.asciiLowercased : character
        let isMatch = index < word.utf8CodeUnitCount && word.utf8Start[index] == letter
        self.matchedLetters = isMatch ? index + 1 : Self.mismatch
    }

    private mutating func scanEscape(_ byte: UInt8, _ index: inout Int) {
        if self.phase == .hexadecimal {
            guard let digit = byte.hexValue else {
                self.fail(at: index, expected: .hexadecimal)
                return
            }
            self.codeUnit = self.codeUnit << 4 | UInt16(digit)
            self.missingDigits -= 1
            if self.missingDigits == 0 { self.endEscape(self.codeUnit) }
        } else if byte == UInt8(ascii: "u") {
            self.phase = .hexadecimal
            self.codeUnit = 0
            self.missingDigits = 4
        } else if let character = Self.escaped(byte) {
            self.endEscape(UInt16(character))
        } else {
            self.fail(at: index, expected: .escape)
            return
        }
        index += 1
    }

    private mutating func endEscape(_ codeUnit: UInt16) {
        self.phase = .text
        switch self.role {
        case .innerKey, .value, .keepAlive: break
        case .topKey, .tier: self.match(UInt8(exactly: codeUnit) ?? 0xFF)
        case .model: self.capture.append(codeUnit: codeUnit)
        }
    }

    /// The character that an escape of two characters means, nil if there is no such escape.
    private static func escaped(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): .lineFeed
        case UInt8(ascii: "r"): .carriageReturn
        case UInt8(ascii: "t"): .tab
        default: nil
        }
    }
}

// MARK: - Numbers and literals

extension JSONModelScanner {
    /// Any number of digits, and what follows them.
    private mutating func scanDigits(_ bytes: Span<UInt8>, _ index: inout Int) {
        while index < bytes.count {
            let byte = bytes[index]
            guard byte &- UInt8(ascii: "0") < 10 else {
                self.endDigits(byte, &index)
                return
            }
            index += 1
        }
    }

    @inline(__always)
    private mutating func endDigits(_ byte: UInt8, _ index: inout Int) {
        if byte == UInt8(ascii: "."), self.phase == .integer || self.phase == .zero {
            self.phase = .point
            index += 1
        } else if byte | 0x20 == UInt8(ascii: "e"), self.phase != .exponentDigits {
            self.phase = .exponent
            index += 1
        } else {
            // The byte that ends a number belongs to what follows.
            self.phase = .next
        }
    }

    private mutating func scanNumber(_ byte: UInt8, _ index: inout Int) {
        let isDigit = byte &- UInt8(ascii: "0") < 10
        switch self.phase {
        case .zero:
            self.endDigits(byte, &index)
            return
        case .minus where isDigit: self.phase = byte == UInt8(ascii: "0") ? .zero : .integer
        case .point where isDigit: self.phase = .fraction
        case .exponent where isDigit, .exponentSign where isDigit: self.phase = .exponentDigits
        case .exponent where byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"): self.phase = .exponentSign
        default: self.fail(at: index, expected: .digit)
        }
        index += 1
    }

    private mutating func scanLiteral(_ byte: UInt8, _ index: inout Int) {
        guard UInt32(byte) == self.literal & 0xFF else {
            self.fail(at: index, expected: .literal)
            return
        }
        index += 1
        self.literal >>= 8
        if self.literal == 0 {
            self.field = .other
            self.phase = .next
        }
    }

    /// What follows the first byte of true, false or null, the next byte lowest.
    private static func literal(behind first: UInt8) -> UInt32 {
        let rest: (UInt8, UInt8, UInt8, UInt8)
        switch first {
        case UInt8(ascii: "t"): rest = (UInt8(ascii: "r"), UInt8(ascii: "u"), UInt8(ascii: "e"), 0)
        case UInt8(ascii: "f"):
            rest = (UInt8(ascii: "a"), UInt8(ascii: "l"), UInt8(ascii: "s"), UInt8(ascii: "e"))
        default: rest = (UInt8(ascii: "u"), UInt8(ascii: "l"), UInt8(ascii: "l"), 0)
        }
        return UInt32(rest.0) | UInt32(rest.1) << 8 | UInt32(rest.2) << 16 | UInt32(rest.3) << 24
    }
}

extension UInt8 {
    /// Whether it is white space between the parts of JSON (RFC 8259 §2).
    @inline(__always)
    fileprivate var isJSONBlank: Bool {
        self == .space || self == .lineFeed || self == .carriageReturn || self == .tab
    }
}
