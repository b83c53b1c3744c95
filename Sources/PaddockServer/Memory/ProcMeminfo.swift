// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The machine's memory, from Linux's `/proc/meminfo`.
enum ProcMeminfo {
    /// Reads the file's text.
    ///
    /// Kernels before 3.14 have no `MemAvailable`; there it is free memory and copies of files.
    ///
    /// - Returns: the reading; nil if the text has no total.
    static func parse(_ text: String) -> MemoryReading? {
        // MemTotal:       24684092 kB
        let kibibytes = NamedNumbers.parse(text)
        func bytes(_ name: Substring) -> UInt64? {
            kibibytes[name].map { number in
                let (value, overflow) = number.multipliedReportingOverflow(by: 1024)
                return overflow ? .max : value
            }
        }
        guard let total = bytes("MemTotal:") else { return nil }
        if let available = bytes("MemAvailable:") {
            return MemoryReading(totalBytes: total, availableBytes: available)
        }
        let parts = ["MemFree:", "Buffers:", "Cached:"].compactMap(bytes)
        guard !parts.isEmpty else { return nil }
        return MemoryReading(totalBytes: total, availableBytes: parts.reduce(0, Self.saturatingSum))
    }

    private static func saturatingSum(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let (sum, overflow) = one.addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
