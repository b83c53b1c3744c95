// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockClient

/// The views of `top` beside that of models.
extension TopScreen {
    /// What the keys do.
    func helpLines(width: Int) -> [ScreenLine] {
        let keys = [
            ("1 2 3 4", "models, fleet, requests, clients"),
            ("/", "show only what has a text in its name; Esc shows all again"),
            ("arrows, k j", "select a model; PageUp, PageDown, Home and End, too"),
            ("p, l", "change the parallel limit or the queue limit of the model"),
            ("+ -", "the parallel limit one higher or lower; each change asks first"),
            ("s S r", "the next or previous column to sort models by; reverse"),
            ("?", "this help; any key leaves it"),
            ("q", "quit; Ctrl-Z stops"),
        ]
        let lines =
            [ScreenLine(text: "Keys of paddock top", style: .title), ScreenLine(text: "")]
            + keys.map { ScreenLine(text: $0.0.padded(to: 13) + $0.1) }
        let empty = Array(repeating: ScreenLine(text: ""), count: max(0, self.size.rows - lines.count))
        return (lines + empty).prefix(max(1, self.size.rows)).map {
            ScreenLine(text: $0.text.cut(to: width), style: $0.style)
        }
    }

    /// What is asked before a change.
    func question(_ change: LimitChange) -> String {
        let model = self.rates.rows.first { $0.model.model == change.model }?.model
        func part(_ name: String, _ before: Int?, _ after: Int?) -> String? {
            after.map { "set the \(name) of \(change.model) from \(before.map(String.init) ?? "?") to \($0)?" }
        }
        return [
            part(Limit.parallel.rawValue, model?.parallelLimit, change.parallel),
            part(Limit.queue.rawValue, model?.queueLimit, change.queue),
        ].compactMap(\.self).joined(separator: " ")
    }

    /// The lines of a view other than that of models.
    func viewLines(width: Int) -> [ScreenLine] {
        guard self.rates.latest != nil else { return [] }
        if let refusal = self.list?.refusal {
            return refusal.wrapped(to: width).map { ScreenLine(text: $0, style: .warning) }
        }
        guard let table = self.viewTable() else { return [ScreenLine(text: "…", style: .dim)] }
        guard !table.rows.isEmpty else {
            let text = self.filter.isEmpty ? "There is nothing to show." : "Nothing has \(self.filter) in its name."
            return [ScreenLine(text: text, style: .dim)]
        }
        return table.lines(width: width).enumerated().map { ScreenLine(text: $1, style: $0 == 0 ? .title : .plain) }
    }

    private func viewTable() -> Table? {
        switch self.view {
        case .models: nil
        case .fleet: self.fleetTable()
        case .requests: self.list?.requests.map(self.requestTable)
        case .clients: self.list?.clients.map(self.clientTable)
        }
    }

    private func fleetTable() -> Table? {
        guard let latest = self.rates.latest else { return nil }
        let hosts = Dictionary(self.rates.hosts.map { ($0.backend.url, $0) }) { first, _ in first }
        let backends = latest.health.backends.filter { self.isShown($0.url) }
        return Table(
            [
                Table.Column(title: "BACKEND", alignment: .left, isFlexible: true),
                Table.Column(title: "STATE", alignment: .left, isFlexible: true),
                Table.Column(title: "ACTIVE"),
                Table.Column(title: "5XX", rank: 1),
                Table.Column(title: "4XX", rank: 3),
                Table.Column(title: "FIRST P90", rank: 2),
                Table.Column(title: "LOADED", alignment: .left, rank: 1, isFlexible: true),
                Table.Column(title: "SWAPS/MIN", rank: 2),
                Table.Column(title: "USEFUL", rank: 3),
            ],
            rows: backends.map { backend in
                let host = hosts[backend.url]
                let state = backend.trouble ?? (backend.healthy ? "answers" : "does not answer")
                return [
                    backend.url,
                    backend.isOpen ? state : "\(state), \(backend.state)",
                    host?.backend.active.map(String.init) ?? "-",
                    host?.backend.replies?["5xx"].map(String.init) ?? "-",
                    host?.backend.replies?["4xx"].map(String.init) ?? "-",
                    NumberText.time(milliseconds: host?.backend.firstByteP90),
                    host.map { $0.backend.line { "\($0.model) \($0.active)" } } ?? "-",
                    NumberText.rate(host?.swapsPerMinute),
                    NumberText.share(host?.usefulShare),
                ]
            }
        )
    }

    private func requestTable(_ reply: RequestsReply) -> Table {
        let shown = reply.requests.filter { self.isShown($0.model, $0.client, $0.id) }
        return Table(
            [
                Table.Column(title: "MODEL", alignment: .left, isFlexible: true),
                Table.Column(title: "CLIENT", alignment: .left, isFlexible: true),
                Table.Column(title: "STATE", alignment: .left),
                Table.Column(title: "WAITS FOR", alignment: .left, rank: 2),
                Table.Column(title: "WAITED", rank: 1),
                Table.Column(title: "STARTS IN", rank: 3),
                Table.Column(title: "RUNS FOR", rank: 1),
                Table.Column(title: "ID", alignment: .left, rank: 4, isFlexible: true),
            ],
            rows: shown.map { request in
                let isActive = request.state == "active"
                return [
                    request.model, request.client,
                    isActive ? request.state : "\(request.state) \(request.position)",
                    request.waitingFor ?? "-",
                    NumberText.time(milliseconds: request.waitedMs),
                    NumberText.time(milliseconds: request.estimatedStartMs),
                    NumberText.time(milliseconds: request.processingMs),
                    request.id,
                ]
            }
        )
    }

    private func clientTable(_ clients: [TopClient]) -> Table {
        Table(
            [
                Table.Column(title: "CLIENT", alignment: .left, isFlexible: true),
                Table.Column(title: "RUNNING"),
                Table.Column(title: "WAITING"),
                Table.Column(title: "SHARE", rank: 1),
                Table.Column(title: "FAIR", rank: 1),
                Table.Column(title: "WAIT P90", rank: 2),
                Table.Column(title: "DONE", rank: 3),
                Table.Column(title: "REJECTED", rank: 2),
                Table.Column(title: "REFUSED", rank: 2),
                Table.Column(title: "TOKENS OUT", rank: 4),
            ],
            rows: clients.filter { self.isShown($0.client) }.map { client in
                [
                    client.client, String(client.running), String(client.waiting), NumberText.share(client.share),
                    NumberText.share(client.fairShare), NumberText.time(milliseconds: client.waitMsP90),
                    String(client.completed), String(client.rejected), String(client.refused),
                    String(client.tokensOut),
                ]
            }
        )
    }
}
