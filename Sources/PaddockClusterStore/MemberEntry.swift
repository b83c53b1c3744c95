// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockCluster
internal import PaddockJSON

/// A member as the store keeps it: a JSON object.
enum MemberEntry {
    /// The text of an entry.
    static func text(of member: MemberIdentity) -> String {
        JSONText.object { json in
            json.member("name", member.name)
            json.member("address", member.address)
            json.member("led", member.hasBeenLed)
        }.string
    }

    /// The member of an entry; nil if it is none.
    static func member(_ id: MemberID, _ text: some StringProtocol) -> MemberIdentity? {
        guard let value = try? JSONValue(parsing: Array(text.utf8), maxBytes: 4_096), let name = value["name"]?.string,
            let address = value["address"]?.string, let hasBeenLed = value["led"]?.bool
        else { return nil }
        return MemberIdentity(id: id, name: name, address: address, hasBeenLed: hasBeenLed)
    }
}
