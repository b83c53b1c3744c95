// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import PaddockServer
import Testing

@Suite("The table of metrics")
struct MetricTests {
    private func project(_ file: String) throws -> String {
        var folder = URL(filePath: #filePath)
        for _ in 1...4 { folder.deleteLastPathComponent() }
        return try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }

    @Test("Every name is there once, with its unit as Prometheus requires")
    func names() {
        #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
        for metric in Metric.all {
            #expect((metric.kind == .counter) == metric.name.hasSuffix("_total"), "\(metric.name)")
            #expect(metric.kind != .histogram || metric.name.hasSuffix("_seconds"), "\(metric.name)")
            #expect(!metric.help.contains { "\\|\n".contains($0) } && metric.help.hasSuffix("."), "\(metric.name)")
        }
    }

    @Test("The contract's table of metrics is made from the table")
    func contract() throws {
        let rows = try self.project("docs/contract.md").split(separator: "\n").filter {
            $0.hasPrefix("| `paddock_") || $0.hasPrefix("| `process_")
        }
        #expect(rows.map(String.init) == Metric.all.map(\.row))
    }

    @Test(
        "Dashboard and alert rules ask for metrics that there are, by labels that they have",
        arguments: [("deploy/grafana/paddock-dashboard.json", 15), ("deploy/prometheus/alerts.yaml", 6)]
    )
    func deployed(file: String, atLeast count: Int) throws {
        let text = try self.project(file).replacing("\\\"", with: "\"")
        let uses = text.matches(of: /\b((?:paddock|process)_[a-z_]+)(?:\{([^}]*)\})?/)
        var series: [String: Set<String>] = [:]
        for metric in Metric.all {
            let suffixes = metric.kind == .histogram ? ["_bucket", "_sum", "_count"] : [""]
            for suffix in suffixes {
                series[metric.name + suffix] = Set(
                    metric.labels + (suffix == "_bucket" ? ["le"] : []) + ["job", "instance"]
                )
            }
        }
        #expect(Set(uses.map(\.output.1)).count >= count)
        for use in uses {
            let labels = try #require(series[String(use.output.1)], "no metric \(use.output.1)")
            for label in (use.output.2 ?? "").matches(of: /([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/) {
                #expect(labels.contains(String(label.output.1)), "\(use.output.1) has no label \(label.output.1)")
            }
        }
    }
}
