// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockClient
import PaddockJSON

/// What a command has to say: blocks for people, one value for programs.
struct Report {
    enum Block {
        /// Lines as they are; what clients chose must be escaped in them.
        case text(String)
        /// Sentences, each on as many lines as it needs; what clients chose must be escaped in them.
        case sentences([String])
        case table(Table)
        /// A table none of whose numbers is left out.
        case wholeTable(Table)
    }

    var blocks: [Block]
    let json: JSONText

    /// The blocks as lines, with an empty line between them.
    ///
    /// - Parameter width: The columns of the terminal, or `nil` where nothing need fit.
    func lines(width: Int?) -> [String] {
        self.blocks.map { block in
            switch block {
            case .text(let text): [text.cut(to: width ?? .max)]
            case .sentences(let sentences): sentences.flatMap { $0.wrapped(to: width ?? .max) }
            case .table(let table): table.lines(width: width)
            case .wholeTable(let table): table.lines(width: width, keepsNumbers: true)
            }
        }
        .reduce(into: []) { lines, block in lines += (lines.isEmpty ? [] : [""]) + block }
    }
}

extension Report {
    /// What `paddock status` prints.
    static func status(_ reading: GatewayReading, url: ServerURL) -> Report {
        let health = reading.health
        let title = "Paddock \(health.version) at \(url): \(health.status)".escapedForTerminal
        var blocks: [Block] = [.text(title)]
        if let cluster = health.cluster { blocks.append(.text(cluster.line.escapedForTerminal)) }
        if let troubles = reading.troubles, troubles.total > 0 { blocks.append(.sentences(troubles.lines(most: 20))) }
        if reading.stats.models.isEmpty {
            blocks.append(
                .text(
                    "No model has been used yet; each gets \(health.concurrency.defaultParallel) at once on a backend "
                        + "and a queue of \(health.concurrency.defaultQueueLimit)."
                )
            )
        } else {
            blocks.append(.wholeTable(Self.models(reading)))
        }
        blocks.append(.table(Self.backends(reading)))
        if reading.stats.fairnessBy == "tokens" {
            blocks.append(.text("Clients share tokens fairly, and not the time of slots."))
        }
        if let memory = health.concurrency.memory {
            blocks.append(.text(Self.line(memory)))
        }
        // What follows from it, and at once: the list of troubles looks every two seconds.
        if let trouble = health.storeTrouble { blocks.append(.text(trouble.escapedForTerminal)) }
        return Report(blocks: blocks, json: reading.json(url: url))
    }

    /// One line on the memory.
    static func line(_ memory: MemoryReply) -> String {
        "Memory of the gateway's machine: \(NumberText.decimals(memory.availableGb, 1)) of \(NumberText.decimals(memory.totalGb, 1)) GiB available"
    }

    private static func models(_ reading: GatewayReading) -> Table {
        let hasWouldTimeOut = reading.stats.models.values.contains { $0.totalWouldTimeOut != nil }
        let hasErrorReplies = reading.stats.models.values.contains { $0.totalErrorReplies != nil }
        let hasReplies = reading.stats.models.values.contains { $0.replies != nil }
        var columns: [Table.Column] = [
            Table.Column(title: "MODEL", alignment: .left, isFlexible: true),
            Table.Column(title: "ACTIVE"),
            Table.Column(title: "QUEUED"),
            Table.Column(title: "REQUESTS", rank: 1),
            Table.Column(title: "DONE", rank: 3),
        ]
        if hasReplies {
            columns += [Table.Column(title: "4XX", rank: 3), Table.Column(title: "5XX", rank: 1)]
        } else if hasErrorReplies {
            columns.append(Table.Column(title: "ERRORS", rank: 8))
        }
        columns.append(Table.Column(title: "REJECTED", rank: 2))
        if hasWouldTimeOut { columns.append(Table.Column(title: "TOO LATE", rank: 6)) }
        columns += [
            Table.Column(title: "FAILED", rank: 4),
            Table.Column(title: "TIMED OUT", rank: 5),
            Table.Column(title: "CANCELLED", rank: 7),
            Table.Column(title: "WAIT", rank: 1),
            Table.Column(title: "TIME", rank: 2),
        ]
        let rows = reading.stats.models.values.sorted { $0.model < $1.model }.map { model in
            var row = [
                model.model,
                "\(model.activeRequests)/\(model.slots(on: reading.health.backends))",
                "\(model.queuedRequests)/\(model.queueLimit)",
                String(model.totalRequests),
                String(model.totalProcessed),
            ]
            if hasReplies {
                row += ["4xx", "5xx"].map { String(model.replies?[$0] ?? 0) }
            } else if hasErrorReplies {
                row.append(String(model.totalErrorReplies ?? 0))
            }
            row.append(String(model.totalRejected))
            if hasWouldTimeOut { row.append(String(model.totalWouldTimeOut ?? 0)) }
            row += [
                String(model.totalFailed),
                String(model.totalTimedOut),
                String(model.totalCancelled),
                NumberText.time(milliseconds: model.avgWaitTimeMs),
                NumberText.time(milliseconds: model.avgProcessingTimeMs),
            ]
            return row
        }
        return Table(columns, rows: rows)
    }

    private static func backends(_ reading: GatewayReading) -> Table {
        var columns = [
            Table.Column(title: "BACKEND", alignment: .left, isFlexible: true),
            Table.Column(title: "HEALTH", alignment: .left),
        ]
        let fleet = reading.stats.backends.map { backends in
            Dictionary(backends.map { ($0.url, $0) }, uniquingKeysWith: { first, _ in first })
        }
        if fleet != nil {
            columns += [
                Table.Column(title: "LOADED", alignment: .left, rank: 1, isFlexible: true),
                Table.Column(title: "FIRST P90", rank: 3),
                Table.Column(title: "SWAPS", rank: 2),
                Table.Column(title: "USEFUL", rank: 2),
            ]
        }
        let rows = reading.health.backends.map { backend in
            let health = backend.trouble ?? (backend.healthy ? "answers" : "does not answer")
            let words = [health, backend.isOpen ? nil : backend.state]
            var row = [backend.url, words.compactMap(\.self).joined(separator: ", ")]
            guard let fleet else { return row }
            let stats = fleet[backend.url]
            row.append(stats?.line { $0.active > 0 ? "\($0.model) (\($0.active))" : $0.model } ?? "-")
            row.append(NumberText.time(milliseconds: stats?.firstByteP90))
            row.append(stats.map { String($0.swaps) } ?? "-")
            row.append(NumberText.share(stats?.times.usefulShare))
            return row
        }
        return Table(columns, rows: rows)
    }
}
