// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
package import PaddockSockets

/// Text in the Prometheus text format, version 0.0.4, written sample by sample.
package struct MetricsText {
    /// The `Content-Type` of the format.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// The types of metrics.
    package enum Kind: String {
        case counter, gauge, histogram
    }

    /// What has been written so far.
    package private(set) var text = ""

    package init() {}

    /// Begins a metric; its samples follow.
    ///
    /// - Parameters:
    ///   - name: its name.
    ///   - kind: its type.
    ///   - help: one line that says what it is, without backslashes.
    package mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        self.text += "# HELP "
        self.text += name
        self.text += " "
        self.text += help
        self.text += "\n# TYPE "
        self.text += name
        self.text += " "
        self.text += kind.rawValue
        self.text += "\n"
    }

    /// Writes a sample with a whole number.
    package mutating func sample(_ name: String, _ labels: MetricLabels, _ value: Int) {
        self.head(name, labels)
        self.text += String(value)
        self.text += "\n"
    }

    /// Writes a sample with a number.
    package mutating func sample(_ name: String, _ labels: MetricLabels, _ value: Double) {
        self.head(name, labels)
        self.text += value.description
        self.text += "\n"
    }

    /// Writes a metric of one sample without labels.
    package mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        self.begin(name, kind, help)
        self.sample(name, .none, value)
    }

    /// Writes a metric of one sample without labels.
    package mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        self.begin(name, kind, help)
        self.sample(name, .none, value)
    }

    /// Writes the samples of a histogram, in seconds.
    package mutating func samples(_ name: String, _ labels: MetricLabels, _ histogram: Histogram) {
        self.buckets(name, labels, Self.bounds, histogram.cumulativeCounts)
        self.text += name
        self.sample("_sum", labels, histogram.sum / .seconds(1))
        self.text += name
        self.sample("_count", labels, histogram.count)
    }

    /// Writes the samples of a histogram of turns, in seconds.
    package mutating func samples(_ name: String, _ turns: TurnLengths) {
        self.buckets(name, .none, Self.turnBounds, turns.cumulativeCounts)
        self.text += name
        self.sample("_sum", .none, turns.sum / .seconds(1))
        self.text += name
        self.sample("_count", .none, turns.count)
    }

    private mutating func buckets(_ name: String, _ labels: MetricLabels, _ bounds: [String], _ counts: [Int]) {
        for (count, bound) in zip(counts, bounds) {
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
    }

    private static let bounds = texts(Histogram.bounds)
    private static let turnBounds = texts(TurnLengths.bounds)

    private static func texts(_ bounds: [Duration]) -> [String] {
        (bounds.map { ($0 / .seconds(1)).description } + ["+Inf"]).map { "le=\"\($0)\"} " }
    }

    private mutating func head(_ name: String, _ labels: MetricLabels) {
        self.text += name
        if !labels.text.isEmpty {
            self.text += "{"
            self.text += labels.text
            self.text += "}"
        }
        self.text += " "
    }
}

/// The labels of a sample, escaped once for all samples that carry them.
package struct MetricLabels: Equatable, Sendable {
    /// No labels.
    package static let none = MetricLabels(text: "")

    /// As they stand between the braces.
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
    package func and(_ name: StaticString, _ value: StaticString) -> MetricLabels {
        MetricLabels(text: "\(self.text)\(self.text.isEmpty ? "" : ",")\(name)=\"\(value)\"")
    }

    /// Backslash, quotation mark and line feed are escaped; everything else stands as it is.
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
