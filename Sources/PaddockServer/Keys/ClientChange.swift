// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore

/// What an operator asks for about a client with a key.
enum ClientChange: Equatable, Sendable {
    /// A new client, with a key.
    case add(name: String, ClientValues)
    /// Other values for a client; its keys stay.
    case set(name: String, ClientValues)
    /// Another key for a client; those before are good for a while.
    ///
    /// - Parameter grace: for how many seconds.
    case rotate(name: String, grace: Int)
    /// No client, and none of its keys, any more.
    case revoke(name: String)

    /// The client that is meant.
    var name: String {
        switch self {
        case .add(let name, _), .set(let name, _), .rotate(let name, _), .revoke(let name): name
        }
    }
}

/// Values of a client as a request gives them.
struct ClientValues: Equatable, Sendable {
    /// By the keys of the configuration; nil to take one back.
    var values: [String: [String]?] = [:]
    /// Until when its keys are good, in seconds since 1970, nil for always; nil outside if nothing is said.
    var validUntil: Int??

    /// Applies them to a client.
    ///
    /// - Throws: what is wrong with a value.
    func apply(to client: inout StoredClient) throws(ErrorReply) {
        for (key, texts) in self.values { client.values[key] = texts }
        if let validUntil = self.validUntil { client.validUntil = validUntil }
        do throws(ConfigurationError) { _ = try DeclaredClient(client) } catch {
            throw .invalidRequest(error.statement)
        }
    }
}

extension DeclaredClient {
    /// A client that an operator made, as if it were declared.
    ///
    /// - Throws: what is wrong with a value.
    init(_ stored: StoredClient) throws(ConfigurationError) {
        self.init(name: stored.name)
        for (key, texts) in stored.values.sorted(by: { $0.key < $1.key }) {
            try self.set(key, to: texts, at: stored.name)
        }
        self.madeKeys = stored.keys.compactMap { key in
            guard let hash = KeyHash(hexadecimal: key.hash) else { return nil }
            let ends = [key.validUntil, stored.validUntil].compactMap(\.self)
            return MadeKey(hash: hash, validUntil: ends.min().map { Int64($0) })
        }
    }
}

extension ClientChange {
    /// The change that a request's body asks for.
    ///
    /// - Parameters:
    ///   - action: the last part of the path: `add`, `set`, `rotate` or `revoke`.
    ///   - body: a JSON object.
    ///   - now: the time, in seconds since 1970.
    init(_ action: Substring, body: [UInt8], now: Int) throws(ErrorReply) {
        guard let object = (try? JSONValue(parsing: body))?.object, let name = object["name"]?.string else {
            throw .invalidRequest(
                "the body must be a JSON object with the name of the client, such as {\"name\":\"alice\"}"
            )
        }
        guard DeclaredClient.isName(name) else {
            throw .invalidRequest(
                "\"\(name.prefix(80))\" is not a client name: give 1 to 64 of A-Z a-z 0-9 . _ - that are not an address"
            )
        }
        let members = object.members.filter { $0.key != "name" }
        switch action {
        case "add": self = .add(name: name, try ClientValues(members, now: now))
        case "set":
            guard !members.isEmpty else {
                throw .invalidRequest("nothing is to be set: give any of \(ClientValues.names)")
            }
            self = .set(name: name, try ClientValues(members, now: now))
        case "rotate":
            guard members.allSatisfy({ $0.key == "grace" }), members.count <= 1 else {
                throw .invalidRequest("only name and grace are known here")
            }
            self = .rotate(name: name, grace: try Self.grace(members.first?.value))
        default:
            guard members.isEmpty else { throw .invalidRequest("only name is known here") }
            self = .revoke(name: name)
        }
    }

    /// How long an old key is good when there is a new one, if nothing else is said: a day, in seconds.
    static let usualGrace = 86_400
    /// The longest that it can be: 90 days, in seconds.
    static let longestGrace = 90 * 86_400

    private static func grace(_ value: JSONValue?) throws(ErrorReply) -> Int {
        guard let value else { return Self.usualGrace }
        guard let seconds = value.integer, 0...Self.longestGrace ~= seconds else {
            throw .invalidRequest("grace must be a whole number of seconds from 0 to \(Self.longestGrace)")
        }
        return seconds
    }
}

extension ClientValues {
    /// What can be given.
    static let names = (DeclaredClient.settable + ["expires"]).joined(separator: ", ")

    fileprivate init(_ members: [JSONObject.Member], now: Int) throws(ErrorReply) {
        for member in members {
            let (name, value) = (member.key, member.value)
            if name == "expires" {
                self.validUntil = .some(try Self.end(value, now: now))
            } else if DeclaredClient.settable.contains(name) {
                self.values[name] = .some(try Self.texts(value, name))
            } else {
                throw .invalidRequest("\"\(name.prefix(80))\" is not known here: give any of \(Self.names)")
            }
        }
    }

    /// The last second of a day of UTC; nil for a null.
    private static func end(_ value: JSONValue, now: Int) throws(ErrorReply) -> Int? {
        if case .null = value { return nil }
        guard let text = value.string, let hours = HourText.hours(text) else {
            throw .invalidRequest(
                "expires must be a day such as \"2027-01-31\", the last on which the keys are good, or null"
            )
        }
        let end = (hours.upperBound + 1) * 3600
        // A key that is never good is a mistyped year, and `revoke` says what ends one now.
        guard end > now else {
            throw .invalidRequest(
                "expires is \(text), which is over: give \(HourText.day(now / 86_400)), which is today in UTC, or a later day;"
                    + " revoke ends the keys at once"
            )
        }
        return end
    }

    private static func texts(_ value: JSONValue, _ name: String) throws(ErrorReply) -> [String]? {
        switch value {
        case .null: return nil
        case .string(let text): return [text]
        case .number(let number): return [number.text]
        case .array(let elements):
            let texts = elements.compactMap(\.string)
            // Lines are how the store keeps a list.
            if DeclaredClient.isList(name), texts.count == elements.count, !texts.contains(where: { $0.contains("\n") })
            {
                return texts
            }
        case .bool, .object: break
        }
        throw .invalidRequest(
            "\(name) must be a \(DeclaredClient.isList(name) ? "list of texts" : "number or a text"), or null"
        )
    }
}
