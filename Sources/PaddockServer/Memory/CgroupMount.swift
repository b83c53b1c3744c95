// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A mount of a cgroup hierarchy, from one line of `/proc/self/mountinfo`.
struct CgroupMount: Equatable {
    /// The two designs of cgroups that Linux has, whose files differ in name.
    enum Version {
        /// One hierarchy for each controller; here that of `memory`.
        case one
        /// One hierarchy for all.
        case two
    }

    /// The design of the hierarchy.
    let version: Version

    /// The cgroup that the mount shows at its top: `/`, or a deeper one if a container sees only its own.
    let root: String

    /// The folder it is mounted on.
    let folder: String

    /// Reads the file's text and keeps the mounts that report memory.
    static func parse(_ text: String) -> [CgroupMount] {
        text.utf8.split(separator: UInt8(ascii: "\n")).compactMap { Self(line: Substring($0)) }
    }

    private init?(line: Substring) {
        // 35 31 0:32 /root /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
        // The fields before the dash vary in number, those after it do not.
        let fields = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map(Substring.init)
        guard fields.count > 5, let dash = fields[5...].firstIndex(of: "-"), fields.count > dash + 3 else { return nil }
        switch fields[dash + 1] {
        case "cgroup2":
            self.version = .two
        case "cgroup" where fields[dash + 3].split(separator: ",").contains("memory"):
            self.version = .one
        default:
            return nil
        }
        self.root = Self.unescaped(fields[3])
        self.folder = Self.unescaped(fields[4])
    }

    /// Decodes the three octal digits that encode a blank, tab, line feed or backslash in a path.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = field.utf8[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(Substring(digits)), radix: 8) {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
