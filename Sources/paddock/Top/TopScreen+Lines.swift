// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockClient

/// A line of the screen.
struct ScreenLine: Equatable {
    enum Style { case plain, title, chosen, dim, warning }

    var text: String
    var style = Style.plain

    /// The line as a terminal shows it.
    var terminalText: String {
        switch self.style {
        case .plain: self.text
        case .title: "\u{1B}[1m\(self.text)\u{1B}[0m"
        case .chosen: "\u{1B}[7m\(self.text)\u{1B}[0m"
        case .dim: "\u{1B}[2m\(self.text)\u{1B}[0m"
        case .warning: "\u{1B}[31m\(self.text)\u{1B}[0m"
        }
    }
}

extension TopScreen {
    /// The whole screen, no wider and no higher than the terminal.
    func lines() -> [ScreenLine] {
        let width = self.size.columns
        if self.mode == .helping { return self.helpLines(width: width) }
        var lines = self.headLines() + (self.view == .models ? self.hostLines(width: width) : [])
        let footer = self.footerLine()
        // The title, the rows and the footer; where there is no room the rows go first.
        let room = max(0, self.size.rows - lines.count - 2)
        let table = self.view == .models ? self.tableLines(width: width, rows: room) : self.viewLines(width: width)
        lines += table
        while lines.count < self.size.rows - 1 { lines.append(ScreenLine(text: "")) }
        lines = Array(lines.prefix(max(0, self.size.rows - 1))) + [footer]
        return lines.map { line in
            let text = line.text.escapedForTerminal.cut(to: width)
            return ScreenLine(text: line.style == .chosen ? text.padded(to: width) : text, style: line.style)
        }
    }

    /// The same without a terminal: all models, no bars.
    func snapshotBlocks() -> [Report.Block] {
        guard let latest = self.rates.latest else { return [] }
        let summary = Report.Block.text(self.summary(latest).escapedForTerminal)
        let hosts = self.hostTable(barWidth: 0).map { [Report.Block.table($0)] } ?? []
        let models = self.rows.isEmpty ? [] : [Report.Block.table(self.table(self.rows, barWidth: 0))]
        let troubles = [Report.Block.sentences(Self.troubles(latest).map(\.escapedForTerminal))]
        return [summary] + (Self.troubles(latest).isEmpty ? [] : troubles) + hosts + models
    }

    // MARK: - Parts

    private func headLines() -> [ScreenLine] {
        guard let latest = self.rates.latest else {
            return [ScreenLine(text: "Paddock at \(self.url)", style: .title), self.troubleLine].compactMap(\.self)
        }
        let health = latest.health
        let title = ScreenLine(text: "Paddock \(health.version) at \(self.url): \(health.status)", style: .title)
        if let away = self.troubleLine { return [title, away, ScreenLine(text: "")] }
        let troubles = Self.troubles(latest).map { ScreenLine(text: $0, style: .warning) }
        let cluster = health.cluster.map { [ScreenLine(text: $0.line)] } ?? []
        return [title, ScreenLine(text: self.summary(latest))] + cluster + troubles + [ScreenLine(text: "")]
    }

    /// What is wrong, a line each, with the number of those that there is no room for.
    private static func troubles(_ reading: GatewayReading) -> [String] {
        if let troubles = reading.troubles { return troubles.lines(most: Self.maxTroubles) }
        let health = reading.health
        let backends = health.backends.compactMap { backend in backend.trouble.map { "\(backend.url) \($0)" } }
        let all = [health.storeTrouble].compactMap(\.self) + backends
        guard all.count > Self.maxTroubles else { return all }
        return all.prefix(Self.maxTroubles - 1) + ["… and \(all.count - Self.maxTroubles + 1) more in trouble"]
    }

    private static let maxTroubles = 4

    private var troubleLine: ScreenLine? {
        self.trouble.map { ScreenLine(text: "not reachable, retrying: \($0)", style: .warning) }
    }

    private func summary(_ reading: GatewayReading) -> String {
        let models = self.rates.rows
        let done = models.compactMap(\.donePerSecond)
        var parts = [
            "\(models.count) model\(models.count == 1 ? "" : "s")",
            "\(models.reduce(0) { $0 + $1.model.activeRequests }) active",
            "\(models.reduce(0) { $0 + $1.model.queuedRequests }) queued",
            "\(NumberText.rate(done.isEmpty ? nil : done.reduce(0, +))) done/s",
            "backends \(reading.healthyBackends)/\(reading.health.backends.count)",
        ]
        if let memory = reading.health.concurrency.memory {
            parts.append(
                "\(NumberText.decimals(memory.availableGb, 1)) of \(NumberText.decimals(memory.totalGb, 1)) GiB free on the gateway's machine"
            )
        }
        return parts.joined(separator: " · ")
    }

    /// The backends that say what they have loaded, at most a third of the screen.
    private func hostLines(width: Int) -> [ScreenLine] {
        guard let table = self.hostTable(barWidth: 4) else { return [] }
        let lines = table.lines(width: width).prefix(max(0, self.size.rows / 3))
        guard lines.count > 1 else { return [] }
        return lines.enumerated().map { ScreenLine(text: $1, style: $0 == 0 ? .title : .plain) } + [
            ScreenLine(text: "")
        ]
    }

    private func hostTable(barWidth: Int) -> Table? {
        let hosts = self.rates.hosts.filter { $0.backend.observed }
        guard !hosts.isEmpty else { return nil }
        return Table(
            [
                Table.Column(title: "BACKEND", alignment: .left, isFlexible: true),
                Table.Column(title: "LOADED", alignment: .left, isFlexible: true),
                Table.Column(title: "SWAPS/MIN", rank: 1),
                Table.Column(title: "USEFUL", rank: 2),
            ],
            rows: hosts.map { host in
                [
                    host.backend.url,
                    host.backend.line { resident in
                        guard let limit = resident.learnedLimit ?? resident.limit else { return resident.model }
                        let bar = Bar(value: resident.active, limit: limit)
                        return "\(resident.model) \(bar.labelled(width: barWidth, isPlain: self.isPlain))"
                    },
                    NumberText.rate(host.swapsPerMinute),
                    NumberText.share(host.usefulShare),
                ]
            }
        )
    }

    private func tableLines(width: Int, rows room: Int) -> [ScreenLine] {
        let rows = self.rows
        guard !rows.isEmpty else {
            let text =
                self.rates.rows.isEmpty ? "No model has been used yet." : "No model has \(self.filter) in its name."
            return self.rates.latest == nil ? [] : [ScreenLine(text: text, style: .dim)]
        }
        let chosen = rows.firstIndex { $0.model.model == self.chosen }
        let first = max(0, min((chosen ?? 0) - room / 2, rows.count - room))
        let shown = Array(rows[first..<min(first + room, rows.count)])
        // Bars as wide as the terminal allows, but rather short ones than names that are cut.
        let barWidths = [16, 10, 6].filter { width >= 40 + 6 * $0 }
        let barWidth = barWidths.first { self.table(shown, barWidth: $0).width <= width } ?? barWidths.last ?? 0
        return self.table(shown, barWidth: barWidth).lines(width: width).enumerated().map { index, text in
            switch index {
            case 0: ScreenLine(text: text, style: .title)
            case _ where first + index - 1 == chosen: ScreenLine(text: text, style: .chosen)
            default: ScreenLine(text: text)
            }
        }
    }

    private func table(_ rows: [TopRow], barWidth: Int) -> Table {
        func column(_ title: String, _ column: TopSorting.Column?, rank: Int) -> Table.Column {
            let isSorted = column == self.sorting.column
            let mark = isSorted ? (self.sorting.isReversed ? "^" : "v") : ""
            return Table.Column(title: mark + title, alignment: .right, rank: rank)
        }
        let hasChunks = rows.contains { $0.model.totalChunks != nil }
        let name = self.sorting.column == .model ? (self.sorting.isReversed ? "^MODEL" : "vMODEL") : "MODEL"
        var columns = [
            Table.Column(title: name, alignment: .left, isFlexible: true),
            column("ACTIVE", .active, rank: 0),
            column("QUEUED", .queued, rank: 0),
            column("DONE/S", .done, rank: 1),
            column("REJ/S", .rejected, rank: 2),
        ]
        if hasChunks { columns.append(column("CHUNKS/S", nil, rank: 5)) }
        columns += [column("WAIT", .wait, rank: 3), column("TIME", .time, rank: 4)]
        return Table(
            columns,
            rows: rows.map { row in
                var cells = [
                    row.model.model,
                    Bar(value: row.model.activeRequests, limit: row.slots).labelled(
                        width: barWidth,
                        isPlain: self.isPlain
                    ),
                    Bar(value: row.model.queuedRequests, limit: row.model.queueLimit)
                        .labelled(width: barWidth, isPlain: self.isPlain),
                    NumberText.rate(row.donePerSecond),
                    NumberText.rate(row.rejectedPerSecond),
                ]
                if hasChunks { cells.append(NumberText.rate(row.chunksPerSecond)) }
                return cells + [
                    NumberText.time(milliseconds: row.model.avgWaitTimeMs),
                    NumberText.time(milliseconds: row.model.avgProcessingTimeMs),
                ]
            }
        )
    }

    private func footerLine() -> ScreenLine {
        if case .typing(let limit, let model, let text) = self.mode {
            return ScreenLine(
                text: "\(limit.rawValue) of \(model): \(text)_  (Enter sets it, Esc does not)",
                style: .title
            )
        }
        if case .confirming(let change) = self.mode {
            return ScreenLine(
                text: "\(self.question(change))  (y or Enter sets it, any other key does not)",
                style: .title
            )
        }
        if self.mode == .filtering {
            return ScreenLine(text: "/\(self.filter)_  (Enter keeps the filter, Esc takes it away)", style: .title)
        }
        if let note = self.note { return ScreenLine(text: note, style: .title) }
        // Of the keys, as many as fit.
        var text = "q quit"
        let isFiltered = self.filter.isEmpty ? "/ filter" : "/\(self.filter)"
        for key in ["? help", TopView.bar(open: self.view), isFiltered, "s sort", "p parallel", "l queue limit"] {
            let longer = text + "  " + key
            if longer.columns > self.size.columns { break }
            text = longer
        }
        return ScreenLine(text: text, style: .dim)
    }
}
