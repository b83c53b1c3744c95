// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The memory that this process's cgroups allow it, on Linux.
///
/// A limit counts wherever it is set: in the process's own cgroup or in any ancestor, under cgroup v1 or v2, or both at
/// once if a system has the two side by side.
enum CgroupMemory {
    /// What one cgroup allows, in bytes.
    struct Allowance: Equatable {
        /// The cgroup's limit.
        var limit: UInt64
        /// The limit less what the cgroup uses; file copies that the kernel would drop first count as unused.
        var available: UInt64
    }

    /// Reads the allowances of all cgroups that have a limit.
    ///
    /// - Parameter read: Returns the text of a file; nil if it cannot be read.
    /// - Returns: the allowances in no particular order; empty if nothing is limited.
    static func allowances(_ read: FileReader) -> [Allowance] {
        guard let mountText = read("/proc/self/mountinfo"), let cgroupText = read("/proc/self/cgroup") else {
            return []
        }
        let mounts = CgroupMount.parse(mountText)
        return [CgroupMount.Version.one, .two].flatMap { version -> [Allowance] in
            guard let path = Self.path(version, in: cgroupText) else { return [] }
            let folders = Self.folders(of: path, under: mounts.filter { $0.version == version })
            return folders.compactMap { Self.allowance(in: $0, version, read) }
        }
    }

    // MARK: - Paths

    /// The process's path in a hierarchy, from the text of `/proc/self/cgroup`.
    private static func path(_ version: CgroupMount.Version, in text: String) -> String? {
        for line in text.split(separator: "\n") {
            // 4:memory:/user.slice  or, for version 2,  0::/user.slice
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let matches =
                switch version {
                case .one: parts[1].split(separator: ",").contains("memory")
                case .two: parts[0] == "0" && parts[1].isEmpty
                }
            if matches {
                return String(parts[2])
            }
        }
        return nil
    }

    /// The folders of a cgroup and of all its ancestors that can be seen, each once.
    private static func folders(of path: String, under mounts: [CgroupMount]) -> [String] {
        let path = path.split(separator: "/")
        var result: [String] = []
        var unrelated: [String] = []
        for mount in mounts {
            let root = mount.root.split(separator: "/")
            let rest = path.dropFirst(root.count)
            // Both may begin with `..` if they are outside this process's cgroup namespace. A path that leaves the
            // mount's root that way is not to be found below the folder.
            guard path.starts(with: root), !rest.contains("..") else {
                unrelated.append(mount.folder)
                continue
            }
            for depth in 0...rest.count {
                result.append(([mount.folder[...]] + rest.prefix(depth)).joined(separator: "/"))
            }
        }
        // If no mount shows this process's cgroup, one that a container was given still shows the container's.
        let folders = result.isEmpty ? unrelated : result
        return folders.enumerated().filter { folders.firstIndex(of: $1) == $0 }.map(\.element)
    }

    // MARK: - Limits

    private static func allowance(
        in folder: String,
        _ version: CgroupMount.Version,
        _ read: FileReader
    ) -> Allowance? {
        func number(_ name: String) -> UInt64? {
            read("\(folder)/\(name)").flatMap { UInt64($0.filter { !$0.isWhitespace }) }
        }
        /// What the cgroup's pages hold. The kernel adds this up over all cores, so it is read only if it is needed.
        func statistics() -> [Substring: UInt64] {
            NamedNumbers.parse(read("\(folder)/memory.stat") ?? "")
        }
        let limit: UInt64?
        let usage: UInt64?
        let inactive: UInt64?
        switch version {
        case .one:
            let statistics = statistics()
            // The hierarchical limit is the smallest of all ancestors, even of those that no mount shows.
            let limits = [number("memory.limit_in_bytes"), statistics["hierarchical_memory_limit"]]
            limit = limits.compactMap(\.self).min().flatMap { $0 >= Self.unlimited ? nil : $0 }
            usage = number("memory.usage_in_bytes")
            inactive = statistics["total_inactive_file"] ?? statistics["inactive_file"]
        case .two:
            // `max` is not a number, and so not a limit.
            limit = number("memory.max")
            usage = limit == nil ? nil : number("memory.current")
            inactive = limit == nil ? nil : statistics()["inactive_file"]
        }
        guard let limit else { return nil }
        let used = Self.difference(usage ?? 0, inactive ?? 0)
        return Allowance(limit: limit, available: Self.difference(limit, used))
    }

    /// Where version 1 begins to mean "no limit": it writes the largest multiple of a page, which varies.
    private static let unlimited: UInt64 = 1 << 60

    private static func difference(_ minuend: UInt64, _ subtrahend: UInt64) -> UInt64 {
        minuend > subtrahend ? minuend - subtrahend : 0
    }
}
