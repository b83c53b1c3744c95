// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockServer

@Suite
struct SystemMemoryTests {
    private static let gigabyte: UInt64 = 1 << 30
    private static let mountOne = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory\n"
    private static let mountTwo = "30 23 0:27 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"

    private static func gigabytes(_ count: UInt64) -> String { "\(count << 30)\n" }

    @Test("Without cgroups it is the machine's memory")
    func machine() {
        let files = FakeFiles()
        let reading = SystemMemory.readLinux(files.text)
        #expect(reading == MemoryReading(totalBytes: 32 << 30, availableBytes: 20 << 30))
    }

    @Test("Without /proc/meminfo there is no reading")
    func noMachine() {
        #expect(SystemMemory.readLinux { _ in nil } == nil)
        #expect(ProcMeminfo.parse("") == nil)
        #expect(ProcMeminfo.parse("MemTotal: x kB\nMemTotal:\n") == nil)
        #expect(ProcMeminfo.parse("MemTotal: 1 kB\n") == nil)
    }

    @Test("A kernel without MemAvailable counts free memory, buffers and file copies")
    func oldKernel() {
        let text = "MemTotal: 100 kB\nMemFree: 10 kB\nBuffers: 20 kB\nCached: 30 kB\n"
        #expect(ProcMeminfo.parse(text) == MemoryReading(totalBytes: 102_400, availableBytes: 61_440))
    }

    @Test("Numbers too large for a byte count do not overflow")
    func overflow() {
        let most = UInt64.max
        let reading = ProcMeminfo.parse("MemTotal: \(most) kB\nMemFree: \(most) kB\nCached: \(most) kB\n")
        #expect(reading == MemoryReading(totalBytes: .max, availableBytes: .max))
    }

    @Test("Version 2: the limit less the used memory, without copies of files that can be dropped")
    func versionTwo() {
        let files = FakeFiles(
            cgroup: "0::/paddock\n",
            mountinfo: Self.mountTwo,
            [
                "/sys/fs/cgroup/paddock/memory.max": Self.gigabytes(8),
                "/sys/fs/cgroup/paddock/memory.current": Self.gigabytes(5),
                "/sys/fs/cgroup/paddock/memory.stat": "anon 1\nfile 2\ninactive_file \(1 << 30)\nactive_file 7\n",
            ]
        )
        #expect(
            SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 8 << 30, availableBytes: 4 << 30)
        )
    }

    @Test("Version 2: the smallest limit of any ancestor wins, for total and available each")
    func ancestorsOfVersionTwo() {
        let files = FakeFiles(
            cgroup: "0::/a/b/c\n",
            mountinfo: Self.mountTwo,
            [
                "/sys/fs/cgroup/a/memory.max": Self.gigabytes(12),
                "/sys/fs/cgroup/a/memory.current": Self.gigabytes(11),
                "/sys/fs/cgroup/a/b/memory.max": "max\n",
                "/sys/fs/cgroup/a/b/memory.current": Self.gigabytes(1),
                "/sys/fs/cgroup/a/b/c/memory.max": Self.gigabytes(10),
                "/sys/fs/cgroup/a/b/c/memory.current": Self.gigabytes(1),
            ]
        )
        #expect(
            SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 10 << 30, availableBytes: 1 << 30)
        )
    }

    @Test("Version 2: no limit anywhere leaves the machine's memory")
    func noLimitOfVersionTwo() {
        let files = FakeFiles(
            cgroup: "0::/a\n",
            mountinfo: Self.mountTwo,
            [
                "/sys/fs/cgroup/a/memory.max": "max\n",
                "/sys/fs/cgroup/a/memory.current": Self.gigabytes(31),
            ]
        )
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 32 << 30, availableBytes: 20 << 30))
    }

    @Test("Version 2: in a cgroup namespace the process's own cgroup is the root of the mount")
    func namespace() {
        let files = FakeFiles(
            cgroup: "0::/\n",
            mountinfo: Self.mountTwo,
            [
                "/sys/fs/cgroup/memory.max": Self.gigabytes(2),
                "/sys/fs/cgroup/memory.current": Self.gigabytes(1),
            ]
        )
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 2 << 30, availableBytes: 1 << 30))
    }

    @Test(
        "A path outside of the cgroup namespace is looked for at the root of the mount",
        arguments: [
            ("/../..", "/../.."), ("/../..", "/"), ("/../sibling", "/"), ("/", "/../.."),
            ("/docker/abc", "/kubepods/x"),
        ]
    )
    func outsideOfTheNamespace(path: String, root: String) {
        let mountinfo = "30 23 0:27 \(root) /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
        let files = FakeFiles(
            cgroup: "0::\(path)\n",
            mountinfo: mountinfo,
            [
                "/sys/fs/cgroup/memory.max": Self.gigabytes(3),
                "/sys/fs/cgroup/../sibling/memory.max": Self.gigabytes(1),
                "/sys/fs/cgroup/memory.current": Self.gigabytes(1),
            ]
        )
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 3 << 30, availableBytes: 2 << 30))
    }

    @Test("A mount that shows another cgroup does not count if one shows this process's")
    func foreignMount() {
        let foreign = "31 23 0:27 /docker/other /mnt/other rw - cgroup2 cgroup2 rw\n"
        let own = "30 23 0:27 /docker/own /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
        let files = FakeFiles(
            cgroup: "0::/docker/own/child\n",
            mountinfo: foreign + own,
            [
                "/mnt/other/memory.max": Self.gigabytes(1),
                "/sys/fs/cgroup/memory.max": Self.gigabytes(6),
                "/sys/fs/cgroup/child/memory.max": Self.gigabytes(7),
            ]
        )
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 6 << 30, availableBytes: 6 << 30))
    }

    @Test("Version 1: limit, usage and the inactive file copies of the whole subtree")
    func versionOne() {
        let files = FakeFiles(
            cgroup: "5:cpu:/x\n4:memory,hugetlb:/a:b/c\n0::/y\n",
            mountinfo: Self.mountOne,
            [
                "/sys/fs/cgroup/memory/a:b/c/memory.limit_in_bytes": Self.gigabytes(9),
                "/sys/fs/cgroup/memory/a:b/c/memory.usage_in_bytes": Self.gigabytes(6),
                "/sys/fs/cgroup/memory/a:b/c/memory.stat": "inactive_file 5\ntotal_inactive_file \(2 << 30)\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "/sys/fs/cgroup/memory/memory.usage_in_bytes": Self.gigabytes(30),
            ]
        )
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 9 << 30, availableBytes: 5 << 30))
    }

    @Test(
        "Version 1: the huge number that means no limit is no limit",
        arguments: [
            "9223372036854771712", "9223372036854775807", "18446744073709551615", "18446744073709551616", "-1",
        ]
    )
    func noLimitOfVersionOne(text: String) {
        let files = FakeFiles(
            cgroup: "4:memory:/\n",
            mountinfo: Self.mountOne,
            [
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": text,
                "/sys/fs/cgroup/memory/memory.usage_in_bytes": Self.gigabytes(30),
            ]
        )
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 32 << 30, availableBytes: 20 << 30))
    }

    @Test("Version 1: a limit of an ancestor that no mount shows is found in the hierarchical limit")
    func hierarchicalLimit() {
        let files = FakeFiles(
            cgroup: "4:memory:/\n",
            mountinfo: Self.mountOne,
            [
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "/sys/fs/cgroup/memory/memory.usage_in_bytes": Self.gigabytes(1),
                "/sys/fs/cgroup/memory/memory.stat": "hierarchical_memory_limit \(4 << 30)\n",
            ]
        )
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 4 << 30, availableBytes: 3 << 30))
    }

    @Test("Both versions side by side: the smallest wins")
    func hybrid() {
        let mounts = Self.mountOne + "36 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
        let files = FakeFiles(
            cgroup: "4:memory:/one\n0::/two\n",
            mountinfo: mounts,
            [
                "/sys/fs/cgroup/memory/one/memory.limit_in_bytes": Self.gigabytes(6),
                "/sys/fs/cgroup/memory/one/memory.usage_in_bytes": Self.gigabytes(1),
                "/sys/fs/cgroup/unified/two/memory.max": Self.gigabytes(7),
                "/sys/fs/cgroup/unified/two/memory.current": Self.gigabytes(6),
            ]
        )
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 6 << 30, availableBytes: 1 << 30))
    }

    @Test("A limit above the machine's memory changes nothing, and use above a limit leaves nothing")
    func extremes() {
        var files = FakeFiles(
            cgroup: "0::/\n",
            mountinfo: Self.mountTwo,
            [
                "/sys/fs/cgroup/memory.max": Self.gigabytes(64),
                "/sys/fs/cgroup/memory.current": Self.gigabytes(1),
            ]
        )
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 32 << 30, availableBytes: 20 << 30))
        files.files["/sys/fs/cgroup/memory.max"] = "4096"
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 4096, availableBytes: 0))
        files.files["/sys/fs/cgroup/memory.stat"] = "inactive_file \(UInt64.max)\n"
        #expect(SystemMemory.readLinux(files.text) == MemoryReading(totalBytes: 4096, availableBytes: 4096))
    }

    @Test("Blanks in a mount's path are undone")
    func escapedMount() {
        let mountinfo = "30 23 0:27 / /mnt/my\\040cgroup\\134x rw shared:1 master:2 - cgroup2 none rw\n"
        #expect(CgroupMount.parse(mountinfo).map(\.folder) == ["/mnt/my cgroup\\x"])
    }

    @Test(
        "Lines of other or broken mounts are passed over",
        arguments: [
            "", "30", "30 23 0:27 / / rw", "30 23 0:27 / / rw -", "30 23 0:27 / / rw - cgroup2 none",
            "a b c d e f - ext4 x rw",
            "30 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu", "- - - - - -",
        ]
    )
    func otherMounts(line: String) {
        #expect(CgroupMount.parse(line).isEmpty)
    }

    @Test("The real system reports its memory")
    func realSystem() throws {
        let reading = try #require(SystemMemory.read())
        #expect(reading.totalBytes > 0)
        #expect(reading.availableBytes <= reading.totalBytes)
    }
}
