// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// What the ids of files and batch jobs end with that a member of a cluster makes: by it the others know which one that was.
///
/// It says who is to be asked first, and who is missing if nobody has the id. It proves nothing: two names may have the same tag, files may
/// have been taken elsewhere, and anybody can write an id.
struct HolderTag: Hashable, Sendable {
    /// How many random characters an id has, in front of the tag.
    static let randomLength = 24
    private static let length = 6
    private static let prefixes = ["file-", "batch_"]
    private static let maxIDBytes = 64
    private static let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz")

    /// The tag as ids have it.
    let text: String

    /// The tag of a member.
    ///
    /// - Parameter name: its name.
    init(member name: String) {
        // FNV-1a.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        self.text = String(
            (0..<Self.length).map { _ in
                let (rest, digit) = hash.quotientAndRemainder(dividingBy: UInt64(Self.digits.count))
                hash = rest
                return Self.digits[Int(digit)]
            }
        )
    }

    /// The tag of an id; nil if it has none, as it was made without a cluster.
    init?(of id: String) {
        guard let prefix = Self.prefixes.first(where: { id.hasPrefix($0) }),
            id.utf8.count == prefix.utf8.count + Self.randomLength + Self.length
        else { return nil }
        self.text = String(id.suffix(Self.length))
    }

    /// Whether something can be the id of a file or of a job, whoever made it: of what cannot be one nobody is asked.
    static func isPossible(_ id: String) -> Bool {
        (1...Self.maxIDBytes).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
