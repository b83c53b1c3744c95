// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The type of a value of the configuration: how it is read, shown and described.
struct ValueKind<Value: Equatable & Sendable>: Sendable {
    /// The valid values, to follow "give" in messages and to describe the key in documents.
    let wanted: String
    /// The placeholder for a value in help, such as `time`.
    let name: String
    /// What an editor can check.
    let schema: ValueSchema
    /// Whether a value is a list, so that its flag can be repeated.
    var isList = false
    /// Reads a value.
    let read: @Sendable (GivenValue, inout Sources) throws(ConfigurationError) -> Value
    /// The value as it could be written in a file: one text, for a list one per element.
    let show: @Sendable (Value) -> [String]
    /// Further lines of a listing, such as the limits of each model: names to follow the key, and texts.
    var details: @Sendable (Value) -> [(name: String, text: String)] = { _ in [] }

    /// A value that is one text in the file.
    ///
    /// - Parameters:
    ///   - wanted: the valid values.
    ///   - name: the placeholder for a value in help.
    ///   - schema: what an editor can check.
    ///   - text: the value as a text.
    ///   - parse: the value of a text.
    init(
        _ wanted: String,
        name: String,
        schema: ValueSchema = .text,
        text: @escaping @Sendable (Value) -> String,
        parse: @escaping @Sendable (String) throws(InvalidValue) -> Value
    ) {
        self.wanted = wanted
        self.name = name
        self.schema = schema
        self.show = { [text($0)] }
        self.read = { (given, _) throws(ConfigurationError) in
            guard let text = given.text else { throw given.wrongKind(wanted: wanted) }
            do throws(InvalidValue) {
                return try parse(text)
            } catch {
                throw given.refusal(error, wanted: wanted)
            }
        }
    }

    /// A value that is a list or a map in the file.
    init(
        _ wanted: String,
        name: String,
        schema: ValueSchema,
        show: @escaping @Sendable (Value) -> [String],
        read: @escaping @Sendable (GivenValue, inout Sources) throws(ConfigurationError) -> Value
    ) {
        self.wanted = wanted
        self.name = name
        self.schema = schema
        self.isList = true
        self.show = show
        self.read = read
    }
}

/// What an editor can check about a value, as far as JSON schema can express it.
package indirect enum ValueSchema: Sendable {
    /// `true` or `false`.
    case boolean
    /// Any text.
    case text
    /// A text that a regular expression matches as a whole.
    case pattern(String)
    /// A whole number in a range.
    case integer(ClosedRange<Int>)
    /// A number in a range.
    case number(ClosedRange<Double>)
    /// One of a few words.
    case words([String])
    /// Any of several.
    case any([ValueSchema])
    /// A list of elements.
    case list(ValueSchema)
    /// A map from names that the operator chooses.
    case map(ValueSchema)
    /// A map of known keys, some of which must be there.
    case record([(key: String, value: ValueSchema)], required: [String])

    /// A duration.
    static var duration: ValueSchema {
        .any([.number(0...Double(DurationText.maximumSeconds)), .pattern("[0-9]+(\\.[0-9]+)?[smh]?")])
    }
}
