// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The figures of the measured time, and their rendering as one line of JSON.
struct LoadReport {
    var completed = 0
    var lines = 0
    var bytes = 0
    /// Connections that closed or broke, and replies that could not be followed.
    var failures = 0
    /// Replies by status, those other than 200.
    var otherStatuses: [Int: Int] = [:]
    /// Nanoseconds from the request to the end of its reply.
    var latencies: [Int64] = []
    /// Nanoseconds from the request to the first byte of its reply.
    var firstBytes: [Int64] = []
    /// Nanoseconds from the sending of a line to its arrival.
    var ages: [Int64] = []

    /// Renders the report.
    ///
    /// - Parameter seconds: What the figures were collected over.
    /// - Returns: One JSON object; its times are microseconds.
    func json(seconds: Double) -> String {
        let statuses = self.otherStatuses.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
        let fields = [
            "\"seconds\":\(seconds)",
            "\"completed\":\(self.completed)",
            "\"requests_per_second\":\(Double(self.completed) / seconds)",
            "\"lines\":\(self.lines)",
            "\"lines_per_second\":\(Double(self.lines) / seconds)",
            "\"bytes\":\(self.bytes)",
            "\"failures\":\(self.failures)",
            "\"other_statuses\":{\(statuses.joined(separator: ","))}",
            "\"latency_us\":\(Self.percentiles(self.latencies))",
            "\"first_byte_us\":\(Self.percentiles(self.firstBytes))",
            "\"line_age_us\":\(Self.percentiles(self.ages))",
        ]
        return "{\(fields.joined(separator: ","))}"
    }

    private static func percentiles(_ nanoseconds: [Int64]) -> String {
        guard !nanoseconds.isEmpty else {
            return "null"
        }
        let sorted = nanoseconds.sorted()
        let shares = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)]
        let fields = shares.map { name, share in
            let index = min(sorted.count - 1, Int(Double(sorted.count) * share))
            return "\"\(name)\":\(Double(sorted[index]) / 1_000)"
        }
        return "{\(fields.joined(separator: ","))}"
    }
}
