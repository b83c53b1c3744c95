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
/// Beside the model it notes what ``BodyHints`` has, read as Go reads it: what is wrong with that is for the backend to say. Of the letters
/// beyond ASCII that Go takes for an `s` or a `k` in a key it knows none.
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

    private var hintReader = HintReader()
    /// The key whose value comes, or is read.
    private var field = BodyField.other
    /// A key, a text or a number of which a part has been read and that may matter.
    private var shortText = ShortText()
    /// Whether the number that is read matters.
    private var keepsNumber = false

    /// The key whose array or object is being read, if what is directly in it matters.
    private var watched = BodyField.other
    /// How many containers are open directly in that array or object, itself included; 0 if there is none.
    private var watchedDepth = 0
    /// The commas in that array so far.
    private var commas = 0
    /// Whether its first element is a number.
    private var beginsWithNumber = false

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
        self.hintReader.reset()
        self.field = .other
        if !self.shortText.isEmpty { self.shortText.removeAll() }
        self.keepsNumber = false
        self.watchedDepth = 0
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
            case .literal: self.scanLiteral(bytes, &index)
            case .escape, .hexadecimal: self.scanEscape(bytes[index], &index)
            case .start, .end: self.scanOutside(bytes[index], &index)
            case .failed: return
            }
        }
        self.consumed += bytes.count
    }

    /// What the body says beside its model, as far as it has been seen.
    package var hints: BodyHints { self.hintReader.hints }

    /// Whether ``BodyHints/maxTokens`` and ``BodyHints/numPredict`` are read.
    var readsMaxTokens: Bool {
        get { self.hintReader.readsMaxTokens }
        set { self.hintReader.readsMaxTokens = newValue }
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

    /// What a string is for. Keys and what is passed over have the least numbers, as they are asked for at each string.
    private enum TextRole: UInt8, Sendable {
        /// A value that does not matter, or no longer.
        case value
        /// A key of an inner object.
        case innerKey
        /// A key of the outermost object.
        case topKey
        /// A key of the object that is `options`.
        case optionKey
        /// The value of `model`, to be captured.
        case model
        /// A value that is read as a whole: that of `service_tier` or `keep_alive`.
        case short
        /// The value of `prompt` or `input`, which is empty or not.
        case nonEmpty

        /// Whether it is looked at.
        @inline(__always)
        var matters: Bool { self.rawValue > TextRole.innerKey.rawValue }

        @inline(__always)
        var isKey: Bool { self.rawValue &- 1 < 3 }
    }
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
            let depth = self.containers.depth
            self.role = depth == 1 ? .topKey : depth == self.watchedDepth ? .optionKey : .innerKey
            self.field = .other
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
            if !isObject, self.containers.depth == self.watchedDepth { self.commas += 1 }
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
        case .tier, .keepAlive: self.role = .short
        case .prompt, .input: self.role = .nonEmpty
        case .other, .stream, .messages, .options, .maxTokens, .numPredict, .option: self.role = .value
        }
        if self.field != .model { self.hintReader.beginText(self.field) }
    }

    private mutating func beginValue(_ byte: UInt8, at index: Int) {
        if self.field != .other {
            self.noteValue(byte)
            if self.phase == .failed { return }
        }
        switch byte {
        case UInt8(ascii: "{"): self.open(isObject: true)
        case UInt8(ascii: "["):
            self.field = .other
            self.open(isObject: false)
        case UInt8(ascii: "]") where self.phase == .valueOrEnd: self.close()
        case UInt8(ascii: "-"): self.beginNumber(.minus)
        case UInt8(ascii: "0"): self.beginNumber(.zero)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): self.beginNumber(.integer)
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            self.phase = .literal
            self.literal = Self.literal(behind: byte)
        default: self.refuse(byte, at: index)
        }
    }

    private mutating func beginNumber(_ phase: Phase) {
        self.phase = phase
        if self.commas == 0, self.containers.depth == self.watchedDepth { self.beginsWithNumber = true }
    }

    /// Notes what a value other than a string is worth to the key that it belongs to, which is one that matters.
    private mutating func noteValue(_ byte: UInt8) {
        guard self.field != .model else {
            guard let kind = JSONKind(firstByte: byte) else { return }
            if kind != .null {
                self.fail(.notAString(kind))
            } else if self.found == nil {
                // A null changes no earlier model; alone it deserves a message of its own.
                self.found = .invalid(.null)
            }
            return
        }
        self.keepsNumber = self.hintReader.beginValue(self.field, byte)
        if self.keepsNumber { self.shortText.append(byte) }
        let isWatched =
            switch self.field {
            case .messages, .input: byte == UInt8(ascii: "[")
            case .options: byte == UInt8(ascii: "{")
            default: false
            }
        guard isWatched else { return }
        self.watched = self.field
        self.watchedDepth = self.containers.depth + 1
        self.commas = 0
        self.beginsWithNumber = false
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
        if self.containers.depth == self.watchedDepth {
            self.watchedDepth = 0
            let count = self.phase == .valueOrEnd ? 0 : self.commas + 1
            self.hintReader.endArray(self.watched, count: count, areNumbers: self.beginsWithNumber)
        }
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
        if self.role.matters { self.readText(bytes, index..<end) }
        index = end
        guard end < bytes.count else { return }
        let byte = bytes[end]
        index = end + 1
        if byte == UInt8(ascii: "\"") {
            guard self.role.isKey else {
                self.phase = .next
                return
            }
            // Nearly always the colon is next to the key.
            if index < bytes.count, bytes[index] == UInt8(ascii: ":") {
                index += 1
                self.phase = .value
            } else {
                self.phase = .colon
            }
        } else if byte == UInt8(ascii: "\\") {
            self.phase = .escape
        } else {
            self.fail(at: end, expected: .text)
        }
    }

    /// Reads a piece of a string that matters, and ends it if a quote is next.
    private mutating func readText(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let isEnd = range.upperBound < bytes.count && bytes[range.upperBound] == UInt8(ascii: "\"")
        let piece = bytes.extracting(range)
        switch self.role {
        case .model: self.readModel(piece, isEnd: isEnd)
        case .nonEmpty:
            if !piece.isEmpty { self.noteCharacters() }
        case .topKey where isEnd && self.shortText.isEmpty:
            // The usual case: no escape, no split.
            self.field = BodyField(top: piece)
        case _ where !isEnd: self.shortText.append(piece)
        case _ where self.shortText.isEmpty: self.endShortText(piece)
        default:
            self.shortText.append(piece)
            let whole = self.shortText.take()
            self.endShortText(whole.bytes.span)
            self.shortText.reuse(whole)
        }
    }

    @inline(__always)
    private mutating func readModel(_ piece: Span<UInt8>, isEnd: Bool) {
        if isEnd, self.capture.isEmpty {
            // The usual case: no escape, no split, no copy.
            self.found = self.lastField.field(of: piece)
            return
        }
        self.capture.append(piece)
        if isEnd { self.found = self.capture.finish() }
    }

    private mutating func endShortText(_ text: Span<UInt8>) {
        switch self.role {
        case .topKey: self.field = BodyField(top: text)
        case .optionKey: self.field = BodyField(option: text)
        default: self.hintReader.endText(self.field, text)
        }
    }

    /// The text is not empty, which is all that matters of it.
    private mutating func noteCharacters() {
        self.hintReader.noteCharacters(self.field)
        self.role = .value
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
        case .innerKey, .value: break
        case .topKey, .optionKey, .short: self.shortText.append(codeUnit: codeUnit)
        case .nonEmpty: self.noteCharacters()
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
        let start = index
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        if self.keepsNumber { self.shortText.append(bytes.extracting(start..<index)) }
        if index < bytes.count { self.endDigits(bytes[index], &index) }
    }

    @inline(__always)
    private mutating func endDigits(_ byte: UInt8, _ index: inout Int) {
        if byte == UInt8(ascii: "."), self.phase == .integer || self.phase == .zero {
            self.phase = .point
        } else if byte | 0x20 == UInt8(ascii: "e"), self.phase != .exponentDigits {
            self.phase = .exponent
        } else {
            // The byte that ends a number belongs to what follows.
            self.phase = .next
            if self.keepsNumber { self.endKeptNumber() }
            return
        }
        if self.keepsNumber { self.shortText.append(byte) }
        index += 1
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
        if self.keepsNumber { self.shortText.append(byte) }
        index += 1
    }

    private mutating func endKeptNumber() {
        let text = self.shortText.take()
        self.hintReader.endNumber(self.field, text.bytes.span)
        self.shortText.reuse(text)
        self.keepsNumber = false
    }

    private mutating func scanLiteral(_ bytes: Span<UInt8>, _ index: inout Int) {
        while self.literal != 0, index < bytes.count {
            guard UInt32(bytes[index]) == self.literal & 0xFF else {
                self.fail(at: index, expected: .literal)
                return
            }
            index += 1
            self.literal >>= 8
        }
        if self.literal == 0 { self.phase = .next }
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
