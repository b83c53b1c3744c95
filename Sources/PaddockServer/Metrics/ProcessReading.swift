// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSystem

/// What the operating system reports about this process; nil for values that it does not report.
package struct ProcessReading: Equatable, Sendable {
    /// CPU time, user and system, in seconds.
    package var cpuSeconds: Double?
    /// Memory that is in RAM, in bytes.
    package var residentBytes: Int?
    /// Address space, in bytes.
    package var virtualBytes: Int?
    /// Open files and connections.
    package var openFiles: Int?
    /// How many may be open.
    package var maxFiles: Int?
    /// When it started, in seconds since 1970.
    package var startTime: Double?

    package init() {}

    /// Reads it from the system.
    package static func system() -> ProcessReading {
        var reading = ProcessReading()
        reading.maxFiles = OpenFileLimit.current
        #if os(Linux)
        if let stat = SystemFiles.text("/proc/self/stat") {
            reading.read(
                stat: stat,
                pageSize: Int(sysconf(Int32(_SC_PAGESIZE))),
                ticks: Int(sysconf(Int32(_SC_CLK_TCK)))
            )
        }
        reading.startTime = self.bootTime.flatMap { boot in reading.startTime.map { $0 + Double(boot) } }
        reading.openFiles = self.countEntries("/proc/self/fd")
        #else
        var usage = rusage()
        if getrusage(RUSAGE_SELF, &usage) == 0 {
            reading.cpuSeconds = self.seconds(usage.ru_utime) + self.seconds(usage.ru_stime)
        }
        reading.openFiles = self.countEntries("/dev/fd")
        #endif
        return reading
    }

    /// Reads `/proc/self/stat`; `startTime` is then in seconds since boot.
    ///
    /// - Parameters:
    ///   - stat: the line.
    ///   - pageSize: bytes of a page.
    ///   - ticks: clock ticks of a second.
    package mutating func read(stat: String, pageSize: Int, ticks: Int) {
        // The name of the program is in parentheses and may contain anything, parentheses included.
        guard let end = stat.utf8.lastIndex(of: UInt8(ascii: ")")), ticks > 0 else { return }
        let fields = stat[stat.utf8.index(after: end)...].split(separator: " ")
        // The first of these is the third of proc(5).
        func field(_ number: Int) -> Int? { fields.count > number - 3 ? Int(fields[number - 3]) : nil }
        if let user = field(14), let system = field(15) { self.cpuSeconds = Double(user + system) / Double(ticks) }
        self.startTime = field(22).map { Double($0) / Double(ticks) }
        self.virtualBytes = field(23)
        self.residentBytes = field(24).map { $0 * pageSize }
    }

    #if os(Linux)
    /// When the machine started, in seconds since 1970.
    private static let bootTime: Int? = {
        guard let stat = SystemFiles.text("/proc/stat") else { return nil }
        let line = stat.split(separator: "\n").first { $0.hasPrefix("btime ") }
        return line.flatMap { Int($0.dropFirst("btime ".count)) }
    }()
    #else
    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }
    #endif

    /// Counts the open files by the folder that lists them.
    private static func countEntries(_ folder: String) -> Int? {
        #if os(Linux)
        // Kernels from 6.2 on report the number; with tens of thousands of connections the list takes milliseconds.
        var status = stat()
        if stat(folder, &status) == 0, status.st_size > 0 { return Int(status.st_size) }
        #endif
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        // Less the one that was opened to count.
        return count - 1
    }
}
