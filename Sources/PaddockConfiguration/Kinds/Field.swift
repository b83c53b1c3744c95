// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// One key of a map in the configuration: where its value goes, and which values are valid.
package struct Field<Record: Sendable>: Sendable {
    /// The key.
    package let key: String
    /// The valid values, to follow "give" in messages.
    package let wanted: String
    /// The placeholder for a value in help, such as `time` or `on|off`.
    package let valueName: String
    /// What an editor can check.
    package let schema: ValueSchema
    /// Whether its value is a list or a map, so that a flag can be repeated.
    package let isList: Bool
    /// Reads the value into the record.
    let read: @Sendable (GivenValue, inout Record, inout Sources) throws(ConfigurationError) -> Void
    /// The value as it could be written in a file, one text or one per element; `nil` if it is not set.
    let show: @Sendable (Record) -> [String]?
    /// Further lines of a listing.
    let details: @Sendable (Record) -> [(name: String, text: String)]
    /// Whether two records have the same value.
    let isEqual: @Sendable (Record, Record) -> Bool

    /// A key whose value is a property.
    init<Value>(_ key: String, _ path: any WritableKeyPath<Record, Value> & Sendable, _ kind: ValueKind<Value>) {
        self.init(key, kind, get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
    }

    /// A key whose value is a property that may be unset.
    init<Value>(_ key: String, _ path: any WritableKeyPath<Record, Value?> & Sendable, _ kind: ValueKind<Value>) {
        self.init(key, kind, get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
    }

    /// A key whose value is a property, of which a listing says nothing while it is the default.
    init<Value>(
        _ key: String,
        _ path: any WritableKeyPath<Record, Value> & Sendable,
        _ kind: ValueKind<Value>,
        standard: Value
    ) {
        self.init(
            key,
            kind,
            get: { $0[keyPath: path] == standard ? nil : $0[keyPath: path] },
            set: { $0[keyPath: path] = $1 }
        )
    }

    /// - Parameters:
    ///   - key: the key.
    ///   - kind: which values are valid.
    ///   - get: the value of a record.
    ///   - set: sets the value of a record, or throws the reason why it cannot.
    init<Value>(
        _ key: String,
        _ kind: ValueKind<Value>,
        get: @escaping @Sendable (Record) -> Value?,
        set: @escaping @Sendable (inout Record, Value) throws(InvalidValue) -> Void
    ) {
        self.key = key
        self.wanted = kind.wanted
        self.valueName = kind.name
        self.schema = kind.schema
        self.isList = kind.isList
        self.read = { (given, record, sources) throws(ConfigurationError) in
            let value = try kind.read(given, &sources)
            do throws(InvalidValue) {
                try set(&record, value)
            } catch {
                throw given.refusal(error, wanted: kind.wanted)
            }
        }
        self.show = { get($0).map(kind.show) }
        self.details = { get($0).map(kind.details) ?? [] }
        self.isEqual = { get($0) == get($1) }
    }
}

extension Field {
    /// The lines of a listing for the keys of a record that are set.
    static func details(_ fields: ArraySlice<Field>, of record: Record, named name: String) -> [(String, String)] {
        fields.compactMap { field in field.show(record).map { ("\(name).\(field.key)", $0.joined(separator: " ")) } }
    }
}

extension GivenValue {
    /// Reads a map of known keys into a record.
    ///
    /// - Parameters:
    ///   - fields: the keys.
    ///   - exclusive: fields of which only one may be given.
    ///   - wanted: the valid values, for a message if it is not a map, or is empty.
    ///   - record: the record.
    ///   - sources: gets the sources of values inside it that listings show.
    /// - Returns: where each key was.
    func read<Record>(
        _ fields: [Field<Record>],
        exclusive: [String] = [],
        wanted: String,
        into record: inout Record,
        _ sources: inout Sources
    ) throws(ConfigurationError) -> [String: ConfigurationSource] {
        guard let entries = try self.entries() else { throw self.wrongKind(wanted: wanted) }
        if entries.isEmpty { throw self.refusal(InvalidValue("the map is empty"), wanted: wanted) }
        var places: [String: ConfigurationSource] = [:]
        var found = FoundErrors()
        for (name, value) in entries where !found.isFull {
            do throws(ConfigurationError) {
                guard let field = fields.first(where: { $0.key == name }) else {
                    throw value.unknownKey(name, among: fields.map { ($0.key, $0.key) })
                }
                if exclusive.contains(name), let other = exclusive.first(where: { places[$0] != nil }) {
                    throw value.refusal(
                        InvalidValue("\(other) is given in line \(places[other]?.line ?? 1) already"),
                        wanted: "one of " + exclusive.joined(separator: " and ")
                    )
                }
                places[name] = value.source
                try field.read(value, &record, &sources)
            } catch {
                found.add(error)
            }
        }
        try found.throwAny()
        return places
    }
}

extension ValueSchema {
    /// A map of known keys.
    static func record<Record>(_ fields: [Field<Record>], required: [String] = []) -> ValueSchema {
        .record(fields.map { ($0.key, $0.schema) }, required: required)
    }
}
