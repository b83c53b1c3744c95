// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON

extension JSONText {
    /// A list in the form of OpenAI's API.
    ///
    /// - Parameters:
    ///   - entries: what is in it.
    ///   - first: the id of the first entry; nil if there is none.
    ///   - last: the id of the last one.
    ///   - hasMore: whether there are more behind it.
    ///   - members: in a cluster whose entries are in it. Defaults to nil: it is the list of one gateway.
    static func list(
        _ entries: [JSONText],
        from first: String?,
        to last: String?,
        hasMore: Bool,
        members: JSONValue? = nil
    ) -> JSONText {
        .object { json in
            json.member("object", "list")
            json.member("data", entries)
            json.member("first_id", first)
            json.member("last_id", last)
            json.member("has_more", hasMore)
            if let members { json.member("members", members) }
        }
    }
}
