// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockHTTP

extension ValueKind {
    /// A whole number in a range.
    static func integer(_ range: ClosedRange<Int>) -> ValueKind where Value == Int {
        ValueKind(range.words, name: "number", schema: .integer(range), text: String.init) {
            (text) throws(InvalidValue) in try IntegerText.parse(text, in: range)
        }
    }

    /// `auto`, or a whole number in a range.
    static func autoOrInteger(_ range: ClosedRange<Int>) -> ValueKind where Value == AutoOrCount {
        ValueKind(
            "auto or \(range.words)",
            name: "auto|number",
            schema: .any([.words(["auto"]), .integer(range)]),
            text: \.description
        ) { (text) throws(InvalidValue) in try IntegerText.parseAuto(text, in: range) }
    }

    /// A word that means no limit, or a whole number in a range.
    static func integer(_ range: ClosedRange<Int>, or word: String) -> ValueKind where Value == Int? {
        ValueKind(
            "\(word) or \(range.words)",
            name: "\(word)|number",
            schema: .any([.words([word]), .integer(range)]),
            text: { $0.map(String.init) ?? word }
        ) { (text) throws(InvalidValue) in text == word ? nil : try IntegerText.parse(text, in: range) }
    }

    /// A number in a range.
    static func number(_ range: ClosedRange<Double>) -> ValueKind where Value == Double {
        ValueKind(range.words, name: "number", schema: .number(range), text: DecimalText.text) {
            (text) throws(InvalidValue) in try DecimalText.parse(text, in: range)
        }
    }

    /// A word that stands for never, or a number of a range.
    static func number(_ range: ClosedRange<Double>, or word: String) -> ValueKind where Value == Double? {
        ValueKind(
            "\(word) or \(range.words)",
            name: "\(word)|number",
            schema: .any([.words([word]), .number(range)]),
            text: { $0.map(DecimalText.text) ?? word }
        ) { (text) throws(InvalidValue) in text == word ? nil : try DecimalText.parse(text, in: range) }
    }

    /// A duration.
    static func duration() -> ValueKind where Value == Duration {
        ValueKind(
            "seconds such as 300 or 0.5, or a duration such as 30s, 5m or 2h, more than 0 and at most 8760h",
            name: "time",
            schema: .duration,
            text: DurationText.text,
            parse: DurationText.parse
        )
    }

    /// A span of time of a range.
    static func duration(_ range: ClosedRange<Duration>) -> ValueKind where Value == Duration {
        ValueKind(
            "seconds such as 5, or a duration such as 5s or 1m, "
                + "from \(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))",
            name: "time",
            schema: .duration,
            text: DurationText.text
        ) { (text) throws(InvalidValue) in
            let duration = try DurationText.parse(text)
            guard range.contains(duration) else { throw InvalidValue("\(text.shown) is out of range") }
            return duration
        }
    }

    /// A word that means never, or a duration.
    static func duration(or word: String) -> ValueKind where Value == Duration? {
        let isNumber = word.allSatisfy(\.isNumber)
        return ValueKind(
            "\(word), or seconds such as 10, or a duration such as 30s, more than 0 and at most 8760h",
            name: "\(word)|time",
            schema: .any([isNumber ? .integer(0...0) : .words([word]), .duration]),
            text: { $0.map(DurationText.text) ?? word }
        ) { (text) throws(InvalidValue) in text == word ? nil : try DurationText.parse(text) }
    }

    /// A size in bytes.
    static func byteCount() -> ValueKind where Value == Int {
        Self.byteCount(
            ByteCountText.range,
            "bytes from 1 to \(ByteCountText.range.upperBound), or a size such as 512KB, 100MiB or 1GiB"
        )
    }

    /// The size of a memory that models are loaded into. The lower end catches a number whose unit was forgotten.
    static func modelMemory() -> ValueKind where Value == Int {
        Self.byteCount(
            ByteCountText.modelMemory,
            "a size such as 24GB, from \(ByteCountText.text(ByteCountText.modelMemory.lowerBound))"
                + " to \(ByteCountText.text(ByteCountText.modelMemory.upperBound))"
        )
    }

    private static func byteCount(_ range: ClosedRange<Int>, _ wanted: String) -> ValueKind where Value == Int {
        ValueKind(
            wanted,
            name: "size",
            schema: .any([.integer(range), .pattern("[0-9]+ ?[KMGkmg][Ii]?[Bb]")]),
            text: ByteCountText.text
        ) { (text) throws(InvalidValue) in try ByteCountText.parse(text, in: range) }
    }

    /// A percentage in a range.
    static func percent(_ range: ClosedRange<Double>) -> ValueKind where Value == Double {
        ValueKind(
            "percent from \(Int(range.lowerBound)) to \(Int(range.upperBound)), such as 5 or 5%",
            name: "percent",
            schema: .any([.number(range), .pattern("[0-9.]+%")]),
            text: { DecimalText.text($0) + "%" }
        ) { (text) throws(InvalidValue) in
            guard let value = DecimalText.parse(text.hasSuffix("%") ? String(text.dropLast()) : text) else {
                throw InvalidValue("\(text.shown) is not a percentage")
            }
            guard range.contains(value) else { throw InvalidValue("\(text.shown) is out of range") }
            return value
        }
    }

    /// Yes or no, by two words.
    static func yesOrNo(_ yes: String, _ no: String) -> ValueKind where Value == Bool {
        // YAML and editors read `true` without quotes as a Boolean.
        let schema: ValueSchema = yes == "true" ? .boolean : .words([yes, no])
        return ValueKind("\(yes) or \(no)", name: "\(yes)|\(no)", schema: schema, text: { $0 ? yes : no }) {
            (text) throws(InvalidValue) in
            guard text == yes || text == no else {
                throw InvalidValue("\(text.shown) is neither \(yes) nor \(no)")
            }
            return text == yes
        }
    }

    /// One of the words of an enumeration, in lower or upper case.
    static func word() -> ValueKind where Value: RawRepresentable<String> & CaseIterable {
        let words = Value.allCases.map(\.rawValue)
        return ValueKind(
            words.dropLast().joined(separator: ", ") + " or " + (words.last ?? ""),
            name: words.joined(separator: "|"),
            schema: .words(words),
            text: \.rawValue
        ) { (text) throws(InvalidValue) in
            guard let word = Value(rawValue: text.lowercased()) else {
                throw InvalidValue("\(text.shown) is not one of the values")
            }
            return word
        }
    }

    /// The address to listen on.
    static func host() -> ValueKind where Value == String {
        ValueKind(
            "an IP address or a host name such as 127.0.0.1 or localhost",
            name: "address",
            text: \.self,
            parse: HostText.parse
        )
    }

    /// A secret.
    static func secret() -> ValueKind where Value == Secret {
        ValueKind(Secret.wanted, name: "secret", schema: .pattern("[!-~]+"), text: \.description, parse: Secret.parse)
    }

    /// The name of a file.
    static func file() -> ValueKind where Value == String {
        ValueKind("a file name", name: "file", text: \.self) { (text) throws(InvalidValue) in
            guard !text.isEmpty, !text.utf8.contains(0), text.utf8.count <= 4096 else {
                throw InvalidValue("it is not a file name")
            }
            return text
        }
    }

    /// Where what stays is kept.
    static func state() -> ValueKind where Value == StateSetting {
        ValueKind("auto, off or a folder", name: "auto|off|folder", text: \.description) {
            (text) throws(InvalidValue) in
            switch text.lowercased() {
            case "auto": return .auto
            case "off": return .off
            default: break
            }
            guard !text.isEmpty, !text.utf8.contains(0), text.utf8.count <= 4096 else {
                throw InvalidValue("it is not the name of a folder")
            }
            return .folder(text)
        }
    }

    /// The target of a health check.
    static func healthPath() -> ValueKind where Value == String {
        ValueKind(
            "a path such as /health, with its query if it has one",
            name: "path",
            schema: .pattern("/[!-~]*"),
            text: \.self
        ) { (text) throws(InvalidValue) in
            guard text.hasPrefix("/") else { throw InvalidValue("\(text.shown) does not begin with /") }
            guard text.utf8.count <= 1024, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "#") }) else {
                throw InvalidValue("\(text.shown) is no path of at most 1024 characters")
            }
            return text
        }
    }

    // MARK: - Lists

    /// A list of texts; a single element needs no brackets.
    ///
    /// - Parameters:
    ///   - wanted: the valid values.
    ///   - name: the placeholder for an element in help.
    ///   - text: an element as a text.
    ///   - parse: the element of a text.
    static func list<Element>(
        _ wanted: String,
        name: String,
        text: @escaping @Sendable (Element) -> String,
        parse: @escaping @Sendable (String) throws(InvalidValue) -> Element
    ) -> ValueKind where Value == [Element] {
        let element = ValueKind<Element>(wanted, name: name, text: text, parse: parse)
        return ValueKind(wanted, name: name, schema: .any([.list(.text), .text]), show: { $0.map(text) }) {
            (given, sources) throws(ConfigurationError) in
            var values: [Element] = []
            var found = FoundErrors()
            for given in given.elements ?? [given] where !found.isFull {
                do throws(ConfigurationError) { values.append(try element.read(given, &sources)) } catch {
                    found.add(error)
                }
            }
            try found.throwAny()
            return values
        }
    }

    /// Addresses and blocks of them.
    static func addressBlocks() -> ValueKind where Value == [AddressBlock] {
        .list("a list of addresses such as 127.0.0.1 or 10.0.0.0/8", name: "block", text: \.description) {
            (text) throws(InvalidValue) in
            guard let block = AddressBlock(text) else {
                throw InvalidValue("\(text.shown) is neither an address nor a CIDR block")
            }
            return block
        }
    }

    /// Names of header fields, in lower case.
    static func headerNames() -> ValueKind where Value == [String] {
        .list("a list of header names such as X-Forwarded-User", name: "name", text: \.self) {
            (text) throws(InvalidValue) in
            guard 1...64 ~= text.utf8.count, text.utf8.allSatisfy(\.isTokenByte) else {
                throw InvalidValue("\(text.shown) is not a header name")
            }
            return text.lowercased()
        }
    }

    /// Paths of routes.
    static func routes() -> ValueKind where Value == [String] {
        .list(
            "a list of paths such as /api/tags, without percent signs or a query",
            name: "path",
            text: \.self,
            parse: RouteText.parse
        )
    }

    /// Paths of routes, each with or without a hyphen in front of it.
    static func queuedRoutes() -> ValueKind where Value == [QueuedRouteChange] {
        .list(
            "a list of paths such as /v1/classify, or -/v1/audio/speech to remove one",
            name: "path",
            text: \.description,
            parse: QueuedRouteChange.parse
        )
    }

    /// Origins of web pages.
    static func origins() -> ValueKind where Value == [String] {
        .list(
            "a list of origins such as https://chat.example.com, http://10.0.0.5:* or *",
            name: "origin",
            text: \.self,
            parse: OriginText.parse
        )
    }
}

extension ClosedRange<Double> {
    /// Which numbers they are.
    fileprivate var words: String {
        "a number from \(DecimalText.text(self.lowerBound)) to \(DecimalText.text(self.upperBound))"
    }
}

extension ClosedRange<Int> {
    /// The range in words.
    fileprivate var words: String { "an integer from \(self.lowerBound) to \(self.upperBound)" }
}
