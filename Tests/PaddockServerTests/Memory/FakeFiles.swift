// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A file system of texts.
struct FakeFiles {
    var files: [String: String] = [:]

    /// A machine with 32 GiB, 20 GiB of them available, whose process is in some cgroups.
    init(cgroup: String = "", mountinfo: String = "", _ files: [String: String] = [:]) {
        self.files = files
        self.files["/proc/meminfo"] = """
            MemTotal:       33554432 kB
            MemFree:         1048576 kB
            MemAvailable:   20971520 kB
            Buffers:            1024 kB
            HugePages_Total:       0
            """
        self.files["/proc/self/cgroup"] = cgroup
        self.files["/proc/self/mountinfo"] = mountinfo
    }

    func text(_ path: String) -> String? {
        self.files[path]
    }
}
