// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockSockets

/// Text in the Prometheus text format, version 0.0.4, written sample by sample.
package struct MetricsText {
    /// The `Content-Type` of the format.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// What has been written so far.
    package private(set) var text = ""

    package init() {}

    /// Begins a metric; its samples follow.
    mutating func begin(_ metric: Metric) {
        self.text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
    }

    /// Writes a sample.
    package mutating func sample(_ name: String, _ labels: MetricLabels, _ value: some CustomStringConvertible) {
        self.text += name
        if !labels.text.isEmpty {
            self.text += "{"
            self.text += labels.text
            self.text += "}"
        }
        self.text += " "
        self.text += value.description
        self.text += "\n"
    }

    /// Writes the samples of a histogram, in seconds.
    mutating func histogram<Durations: BucketedDurations>(
        _ name: String,
        _ labels: MetricLabels,
        _ durations: Durations
    ) {
        for (count, bound) in zip(durations.cumulativeCounts, Durations.bucketLabels) {
            self.text += name
            self.text += "_bucket{"
            if !labels.text.isEmpty {
                self.text += labels.text
                self.text += ","
            }
            self.text += bound
            self.text += String(count)
            self.text += "\n"
        }
        self.sample(name + "_sum", labels, durations.sum / .seconds(1))
        self.sample(name + "_count", labels, durations.count)
    }
}

/// Durations that were counted by range.
protocol BucketedDurations {
    /// How the label of each range ends a name, the last for those above all bounds.
    static var bucketLabels: [String] { get }
    /// How many were at most as long as each bound, and at last how many there were.
    var cumulativeCounts: [Int] { get }
    var count: Int { get }
    var sum: Duration { get }
}

extension Histogram: BucketedDurations {
    static let bucketLabels = Self.bounds.bucketLabels
}

extension TurnLengths: BucketedDurations {
    static let bucketLabels = Self.bounds.bucketLabels
}

extension [Duration] {
    fileprivate var bucketLabels: [String] {
        (self.map { ($0 / .seconds(1)).description } + ["+Inf"]).map { "le=\"\($0)\"} " }
    }
}

/// The labels of a sample, escaped once for all samples that carry them.
package struct MetricLabels: Equatable, Sendable {
    /// No labels.
    package static let none = MetricLabels(text: "")

    /// The text between the braces.
    let text: String

    private init(text: String) { self.text = text }

    /// One label.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - value: any text.
    package init(_ name: String, _ value: String) {
        self.text = "\(name)=\"\(Self.escaped(value))\""
    }

    /// These labels and one more, whose value needs no escape.
    package func and(_ name: String, _ value: String) -> MetricLabels {
        MetricLabels(text: "\(self.text)\(self.text.isEmpty ? "" : ",")\(name)=\"\(value)\"")
    }

    /// These labels and others.
    func and(_ others: MetricLabels) -> MetricLabels {
        MetricLabels(text: self.text.isEmpty ? others.text : "\(self.text),\(others.text)")
    }

    /// Backslash, quotation mark and line feed are escaped; everything else stays as it is.
    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return value }
        var escaped = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
