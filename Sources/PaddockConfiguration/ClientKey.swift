// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockHTTP

/// The keys of one client in the file.
enum ClientKey: String, CaseIterable {
    /// What it sends, as it is.
    case key
    /// The SHA-256 hash of what it sends.
    case keyHash = "key_sha256"
    /// Its part of the service.
    case weight
    /// Its class.
    case ceiling = "class"

    /// The range of weights.
    static let weights = 0.01...100.0

    /// The keys, with what an unknown one is compared with.
    static let spellings = Self.allCases.map { (name: $0.rawValue, key: $0.rawValue) }

    /// Sets a value of a client; the problems show no character of a key.
    func set(_ text: String, of client: inout DeclaredClient) throws(InvalidValue) {
        switch self {
        case .key:
            guard 1...1024 ~= text.utf8.count, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }), text.first != " ",
                text.last != " "
            else {
                throw InvalidValue(
                    "it is no key",
                    wanted: "1 to 1024 printable ASCII characters, no blank at either end"
                )
            }
            client.keyHash = KeyHash(of: Array(text.utf8).span)
        case .keyHash:
            guard let hash = KeyHash(hexadecimal: text) else {
                throw InvalidValue("it is no SHA-256 hash", wanted: "64 hexadecimal digits")
            }
            client.keyHash = hash
        case .weight:
            guard let weight = DecimalText.parse(text), Self.weights.contains(weight) else {
                throw InvalidValue("\(text.shown) is no weight", wanted: "a number from 0.01 to 100")
            }
            client.weight = weight
        case .ceiling:
            guard let ceiling = DeclaredClient.Class(rawValue: text) else {
                throw InvalidValue("\(text.shown) is no class", wanted: "interactive or batch")
            }
            client.ceiling = ceiling
        }
    }
}
