// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The members of an object in their order, of which several may have one name.
package struct JSONObject: Equatable, Sendable {
    /// One `"name": value`.
    package struct Member: Equatable, Sendable {
        /// The name.
        package let key: String
        /// The value.
        package let value: JSONValue

        /// A member.
        package init(key: String, value: JSONValue) {
            self.key = key
            self.value = value
        }
    }

    /// The members, in the order in which they are written.
    package var members: [Member] = []

    /// An object without members.
    package init() {}

    /// The value of a name: of several members of that name the last, as in Go and JavaScript; nil if there is none.
    package subscript(_ key: String) -> JSONValue? { self.members.last { $0.key == key }?.value }

    /// Adds a member behind the others.
    package mutating func append(_ key: String, _ value: JSONValue) {
        self.members.append(Member(key: key, value: value))
    }
}
