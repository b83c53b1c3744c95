// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockClient
import PaddockJSON
import PaddockServer

extension Report {
    /// What `paddock load` prints at its end.
    ///
    /// - Parameters:
    ///   - plan: What was sent.
    ///   - tally: What became of it.
    ///   - elapsed: How long it took until the last request had ended.
    static func load(_ plan: LoadPlan, _ tally: LoadTally, elapsed: Duration) -> Report {
        let summary = LoadSummary(plan: plan, tally: tally, seconds: elapsed / .seconds(1))
        var blocks: [Block] = [.text(summary.headline), .text(summary.throughput)]
        if tally.unsent > 0 {
            blocks.append(.text("\(tally.unsent) requests were due but not sent: too many were outstanding."))
        }
        blocks += [.table(summary.times), .table(summary.statuses)]
        if tally.models.count > 1 { blocks.append(.table(summary.parts("MODEL", tally.models))) }
        if !tally.clients.isEmpty { blocks.append(.table(summary.parts("CLIENT", tally.clients))) }
        return Report(blocks: blocks, json: summary.json)
    }
}

/// The parts of that report.
struct LoadSummary {
    let plan: LoadPlan
    let tally: LoadTally
    let seconds: Double

    var headline: String {
        let pace =
            switch self.plan.pace {
            case .closed(let concurrency): "\(concurrency) at once"
            case .open(let rate, _): "\(NumberText.rate(rate)) due per second, seed \(self.plan.seed)"
            }
        return "\(self.tally.all.ended) requests to \(self.plan.url)\(self.plan.api.path) in "
            + "\(NumberText.decimals(self.seconds, 1)) s, \(pace)"
    }

    var throughput: String {
        let all = self.tally.all
        return "\(all.completed) completed, \(self.perSecond(all.completed))/s; "
            + "\(all.tokens) tokens, \(self.perSecond(all.tokens))/s; \(NumberText.bytes(all.bytes)) received"
    }

    /// The percentiles of all that is measured.
    var times: Table {
        let all = self.tally.all
        let kinds = [
            ("queue wait", all.queueWait), ("first byte", all.firstByte), ("total", all.total),
            ("per token", all.tokenGap),
        ]
        return Table(
            [Table.Column(title: "TIME", alignment: .left)]
                + ["P50", "P90", "P99", "MAX", "MEAN"].map { Table.Column(title: $0) }
                + [Table.Column(title: "COUNT", rank: 1)],
            rows: kinds.map { name, times in
                [name]
                    + [times.percentile(50), times.percentile(90), times.percentile(99), times.maximum, times.mean]
                    .map(Self.time)
                    + [String(times.count)]
            }
        )
    }

    var statuses: Table {
        let total = max(1, self.tally.statuses.values.reduce(0, +))
        return Table(
            [
                Table.Column(title: "STATUS", alignment: .left, isFlexible: true), Table.Column(title: "COUNT"),
                Table.Column(title: "SHARE"),
            ],
            rows: self.tally.statuses.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { status, count in
                [status, String(count), NumberText.decimals(100 * Double(count) / Double(total), 1) + " %"]
            }
        )
    }

    /// The models or the clients, one a row.
    func parts(_ title: String, _ parts: [String: LoadTally.Part]) -> Table {
        Table(
            [
                Table.Column(title: title, alignment: .left, isFlexible: true),
                Table.Column(title: "ENDED", rank: 2),
                Table.Column(title: "COMPLETED"),
                Table.Column(title: "PER S", rank: 1),
                Table.Column(title: "WAIT P50", rank: 3),
                Table.Column(title: "WAIT P99"),
                Table.Column(title: "FIRST P50", rank: 4),
                Table.Column(title: "FIRST P99", rank: 4),
                Table.Column(title: "TOTAL P50", rank: 2),
                Table.Column(title: "TOTAL P99"),
            ],
            rows: parts.sorted { $0.key < $1.key }.map { name, part in
                [
                    name, String(part.ended), String(part.completed), self.perSecond(part.completed),
                    Self.time(part.queueWait.percentile(50)), Self.time(part.queueWait.percentile(99)),
                    Self.time(part.firstByte.percentile(50)), Self.time(part.firstByte.percentile(99)),
                    Self.time(part.total.percentile(50)), Self.time(part.total.percentile(99)),
                ]
            }
        )
    }

    private func perSecond(_ count: Int) -> String {
        NumberText.rate(self.seconds > 0 ? Double(count) / self.seconds : nil)
    }

    private static func time(_ duration: Duration?) -> String {
        NumberText.time(milliseconds: duration?.milliseconds)
    }
}

extension DurationHistogram {
    /// The greatest, or `nil` where there is nothing.
    var maximum: Duration? { self.count > 0 ? self.greatest : nil }
}

// MARK: - JSON

extension LoadSummary {
    var json: JSONText {
        .object { json in
            json.member("url", self.plan.url.description)
            json.member("api", self.plan.api.rawValue)
            json.member("stream", self.plan.isStreamed && self.plan.api.canStream)
            switch self.plan.pace {
            case .closed(let concurrency): json.member("concurrency", concurrency)
            case .open(let rate, _): json.member("rate", rate)
            }
            json.member("seed", String(self.plan.seed))
            json.member("seconds", self.seconds.rounded(decimals: 3))
            json.member("retried", self.tally.retried)
            json.member("not_sent", self.tally.unsent)
            json.object("statuses") { json in
                for (status, count) in self.tally.statuses.sorted(by: { $0.key < $1.key }) {
                    json.member(named: status, count)
                }
            }
            json.member("all", self.json(self.tally.all))
            json.member("models", self.json(self.tally.models))
            json.member("clients", self.json(self.tally.clients))
        }
    }

    private func json(_ parts: [String: LoadTally.Part]) -> JSONText {
        .object { json in
            for (name, part) in parts.sorted(by: { $0.key < $1.key }) { json.member(named: name, self.json(part)) }
        }
    }

    private func json(_ part: LoadTally.Part) -> JSONText {
        .object { json in
            json.member("ended", part.ended)
            json.member("completed", part.completed)
            let perSecond = self.seconds > 0 ? (Double(part.completed) / self.seconds).rounded(decimals: 3) : 0
            json.member("completed_per_second", perSecond)
            json.member("tokens", part.tokens)
            json.member("bytes", part.bytes)
            json.member("queue_wait_ms", Self.json(part.queueWait))
            json.member("first_byte_ms", Self.json(part.firstByte))
            json.member("total_ms", Self.json(part.total))
            json.member("token_gap_ms", Self.json(part.tokenGap))
        }
    }

    private static func json(_ times: DurationHistogram) -> JSONText {
        .object { json in
            json.member("count", times.count)
            json.milliseconds("p50", times.percentile(50).map { Nanoseconds($0) })
            json.milliseconds("p90", times.percentile(90).map { Nanoseconds($0) })
            json.milliseconds("p99", times.percentile(99).map { Nanoseconds($0) })
            json.milliseconds("max", times.maximum.map { Nanoseconds($0) })
            json.milliseconds("mean", times.mean.map { Nanoseconds($0) })
        }
    }
}
