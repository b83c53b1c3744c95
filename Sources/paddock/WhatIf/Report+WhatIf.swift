// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockReplay
import PaddockServer

extension Report {
    /// What `paddock whatif` prints.
    static func whatIf(_ whatIf: WhatIf) -> Report {
        var blocks: [Block] = [.text(Self.title(whatIf))]
        for column in whatIf.columns {
            guard let setting = column.setting else { continue }
            blocks.append(.text("As \(column.name): \(Self.text(setting))"))
        }
        blocks.append(.table(Self.figures(whatIf.columns)))
        blocks.append(.table(Self.clients(whatIf)))
        return Report(blocks: blocks, json: whatIf.json)
    }

    private static func title(_ whatIf: WhatIf) -> String {
        let span = NumberText.time(milliseconds: Double(whatIf.columns[0].summary.span) / 1e6)
        var title = "\(whatIf.path): \(Self.counted(whatIf.requests, "request")) of "
        title += "\(Self.counted(whatIf.models, "model")) and \(Self.counted(whatIf.clients, "client")) in \(span)"
        if whatIf.skipped > 0 { title += "; \(Self.counted(whatIf.skipped, "line")) skipped" }
        return title.escapedForTerminal
    }

    private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func text(_ setting: ReplaySetting) -> String {
        let admission = setting.admission
        var text = "\(admission.limits.parallel) at once on \(Self.counted(admission.backendCount, "backend"))"
        if !admission.backendSlots.isEmpty {
            let slots = (0..<admission.backendCount).map {
                admission.backendSlots[BackendIndex($0)].map(String.init) ?? "any"
            }
            text += " with slots for \(slots.joined(separator: ", "))"
        }
        text += ", "
        text += "\(admission.limits.queue) may wait, "
        text += "fairness \(admission.policy.isFair ? "by \(admission.policy.fairnessBy.rawValue)" : "off"), "
        text += "batch share \(NumberText.decimals(admission.policy.batchShare * 100, 1))%, "
        text += "batch slots \(admission.policy.batchSlots.map(String.init) ?? "all")"
        text += ", swap \(admission.policy.fleet.isOn ? "auto" : "off")"
        if let timeout = setting.timeout { text += ", timeout \(NumberText.time(milliseconds: timeout.milliseconds))" }
        return text
    }

    // MARK: - Tables

    private static func figures(_ columns: [WhatIf.Column]) -> Table {
        var table = Table(Self.columns("", of: columns))
        func add(_ title: String, _ value: (ReplaySummary) -> String) {
            table.append([title] + columns.map { value($0.summary) })
        }
        add("completed") { String($0.all.count(of: .completed)) }
        add("rejected") { String($0.all.count(of: .rejected)) }
        add("would time out") { String($0.all.count(of: .wouldTimeOut)) }
        add("timed out") { String($0.all.count(of: .timedOut)) }
        add("cancelled") { String($0.all.count(of: .cancelled)) }
        add("failed") { String($0.all.count(of: .failed)) }
        add("completed per second") { NumberText.rate($0.throughput) }
        add("slots in use") { Self.percent($0.utilisation) }
        add("of that for completed requests") { Self.percent($0.usefulShare) }
        if columns.contains(where: { $0.summary.loads != nil }) {
            add("model loads") { $0.loads.map(String.init) ?? "-" }
            add("wait and load, p50") { Self.wait($0.waitsAndLoads?.p50) }
            add("wait and load, p99") { Self.wait($0.waitsAndLoads?.p99) }
        }
        add("Jain's index of service") { $0.fairness.map { NumberText.decimals($0, 3) } ?? "-" }
        for requestClass in RequestClass.allCases {
            guard columns.contains(where: { $0.summary.part(requestClass).requests > 0 }) else { continue }
            let name = "\(requestClass.name) wait, p"
            add("\(name)50") { Self.wait($0.part(requestClass).waits?.p50) }
            add("\(name)90") { Self.wait($0.part(requestClass).waits?.p90) }
            add("\(name)99") { Self.wait($0.part(requestClass).waits?.p99) }
        }
        return table
    }

    private static func clients(_ whatIf: WhatIf) -> Table {
        var table = Table(
            [
                Table.Column(title: "WAIT p50/p90/p99, s", alignment: .left, isFlexible: true),
                Table.Column(title: "REQUESTS", rank: 1),
            ] + Self.columns("", of: whatIf.columns).dropFirst()
        )
        for (row, client) in whatIf.busiest.enumerated() {
            let parts = whatIf.columns.map { $0.summary.clients[row] }
            table.append([client, String(parts[0].requests)] + parts.map { Self.waits($0.waits) })
        }
        return table
    }

    private static func columns(_ title: String, of columns: [WhatIf.Column]) -> [Table.Column] {
        [Table.Column(title: title, alignment: .left)] + columns.map { Table.Column(title: $0.name.uppercased()) }
    }

    private static func percent(_ share: Double?) -> String {
        share.map { NumberText.decimals($0 * 100, 1) + "%" } ?? "-"
    }

    private static func wait(_ nanoseconds: Int64?) -> String {
        NumberText.time(milliseconds: nanoseconds.map { Double($0) / 1e6 })
    }

    private static func waits(_ waits: Quantiles?) -> String {
        guard let waits else { return "-" }
        return [waits.p50, waits.p90, waits.p99].map { NumberText.rate(Double($0) / 1e9) }.joined(separator: "/")
    }
}
