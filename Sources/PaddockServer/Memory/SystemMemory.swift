// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#if !os(Linux)
internal import PaddockSystem
#endif

/// The memory of the system that this process runs on.
package enum SystemMemory {
    /// Reads it afresh.
    ///
    /// On Linux this reads about a dozen of the kernel's files, which blocks for about half a millisecond.
    ///
    /// - Returns: the reading; nil if the system does not report it.
    package static func read() -> MemoryReading? {
        #if os(Linux)
        Self.readLinux(SystemFiles.text)
        #else
        Self.readDarwin()
        #endif
    }

    /// The smaller of the machine's memory and of what each cgroup allows.
    ///
    /// - Parameter read: Returns the text of a file; nil if it cannot be read.
    /// - Returns: the reading; nil if the machine's memory cannot be read.
    static func readLinux(_ read: FileReader) -> MemoryReading? {
        guard let machine = read("/proc/meminfo").flatMap(ProcMeminfo.parse) else { return nil }
        let allowances = CgroupMemory.allowances(read)
        return MemoryReading(
            totalBytes: allowances.map(\.limit).reduce(machine.totalBytes, min),
            availableBytes: allowances.map(\.available).reduce(machine.availableBytes, min)
        )
    }

    #if !os(Linux)
    /// Asked for once: each call of the function would count one more reference to the port.
    private static let host = mach_host_self()

    private static func readDarwin() -> MemoryReading? {
        var total: UInt64 = 0
        var size = MemoryLayout<UInt64>.size
        guard sysctlbyname("hw.memsize", &total, &size, nil, 0) == 0 else { return nil }
        var pageSize: vm_size_t = 0
        guard host_page_size(Self.host, &pageSize) == KERN_SUCCESS else { return nil }
        var statistics = vm_statistics64_data_t()
        let words = MemoryLayout<vm_statistics64_data_t>.size / MemoryLayout<integer_t>.size
        var count = mach_msg_type_number_t(words)
        let status = withUnsafeMutablePointer(to: &statistics) { pointer in
            pointer.withMemoryRebound(to: integer_t.self, capacity: words) {
                host_statistics64(Self.host, HOST_VM_INFO64, $0, &count)
            }
        }
        guard status == KERN_SUCCESS else { return nil }
        // Free pages (read-ahead ones included) and inactive ones, which are taken first when memory is short. Purgeable
        // pages lie on the active or inactive list already: adding them would count some twice.
        let pages = UInt64(statistics.free_count) + UInt64(statistics.inactive_count)
        return MemoryReading(totalBytes: total, availableBytes: pages * UInt64(pageSize))
    }
    #endif
}
