// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON
internal import PaddockStore

/// How the clients that operators made go from the coordinator to the other members: with the hashes of their keys, never the keys.
extension StoredClient {
    var json: JSONText {
        .object { json in
            json.member("name", self.name)
            json.member("created", self.createdAt)
            json.member("valid_until", self.validUntil)
            json.object("values") { json in
                for (key, texts) in self.values.sorted(by: { $0.key < $1.key }) { json.member(named: key, texts) }
            }
            json.array("keys") { json in
                for key in self.keys {
                    json.object { json in
                        json.member("hash", key.hash)
                        json.member("valid_until", key.validUntil)
                    }
                }
            }
        }
    }

    /// - Returns: nil if it is none.
    init?(_ value: JSONValue) {
        guard let name = value["name"]?.string, let created = value["created"]?.integer,
            let values = value["values"]?.object, let keys = value["keys"]?.array, keys.count <= KeyRing.maxKeys
        else { return nil }
        self.init(name: name, createdAt: Self.date(created))
        self.validUntil = value["valid_until"]?.integer.map(Self.date)
        for member in values.members { self.values[member.key] = (member.value.array ?? []).compactMap(\.string) }
        self.keys = keys.compactMap { key in
            key["hash"]?.string.map { Key(hash: $0, validUntil: key["valid_until"]?.integer.map(Self.date)) }
        }
    }

    /// An instant that can be written as a date: at most the end of the year 9999.
    private static func date(_ seconds: Int) -> Int { min(max(0, seconds), 253_402_300_799) }
}
