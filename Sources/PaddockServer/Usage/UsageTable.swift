// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockJSON
internal import PaddockStore

/// An answer about usage, as JSON and as CSV (contract section 21).
struct UsageTable {
    /// A column of numbers.
    private struct Column: Sendable {
        let name: String
        let value: @Sendable (UsageCounts) -> JSONText
    }

    private static let columns = [
        Column(name: "requests") { JSONText(of: $0.requests) },
        Column(name: "completed") { JSONText(of: $0.completed) },
        Column(name: "rejected") { JSONText(of: $0.rejected) },
        Column(name: "failed") { JSONText(of: $0.failed) },
        Column(name: "timed_out") { JSONText(of: $0.timedOut) },
        Column(name: "would_time_out") { JSONText(of: $0.wouldTimeOut) },
        Column(name: "cancelled") { JSONText(of: $0.cancelled) },
        Column(name: "tokens_in") { JSONText(of: $0.tokensIn) },
        Column(name: "tokens_out") { JSONText(of: $0.tokensOut) },
        Column(name: "tokens_estimated") { JSONText(of: $0.tokensEstimated) },
        Column(name: "slot_seconds") { Self.seconds($0.slotMicroseconds) },
        Column(name: "wait_seconds") { Self.seconds($0.waitMicroseconds) },
    ]

    let query: UsageQuery
    let rows: [UsageRow]
    /// What comes on top of an answer in JSON. Defaults to nothing.
    var more: (inout JSONWriter) -> Void = { _ in }

    /// The reply to `GET /admin/usage`.
    var json: JSONText {
        .object { json in
            json.member("from", HourText.hour(self.query.hours.lowerBound))
            json.member("to", HourText.hour(self.query.hours.upperBound))
            json.member("by", self.query.by.map(\.rawValue))
            json.array("usage") { json in
                for row in self.rows {
                    json.object { json in
                        for dimension in self.query.by {
                            json.member(named: dimension.rawValue, row.text(of: dimension))
                        }
                        for column in Self.columns {
                            json.member(named: column.name, column.value(row.counts))
                        }
                    }
                }
            }
            self.more(&json)
        }
    }

    /// The same in the format of RFC 4180.
    var csv: String {
        let names = self.query.by.map(\.rawValue) + Self.columns.map(\.name)
        var text = names.joined(separator: ",") + "\r\n"
        for row in self.rows {
            let labels = self.query.by.map { Self.field(row.text(of: $0)) }
            let numbers = Self.columns.map { $0.value(row.counts).string }
            text += (labels + numbers).joined(separator: ",") + "\r\n"
        }
        return text
    }

    private static func seconds(_ microseconds: Int) -> JSONText {
        JSONText(of: (Double(microseconds) / 1_000_000).rounded(decimals: 3))
    }

    /// A field. What a spreadsheet would take for a formula gets an apostrophe in front, as names of models are what anybody sends.
    private static func field(_ text: String) -> String {
        let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
        let text = isFormula ? "'" + text : text
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x2C }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}

extension UsageRow {
    fileprivate func text(of dimension: UsageQuery.Dimension) -> String {
        switch dimension {
        case .client: self.client ?? ""
        case .model: self.model ?? ""
        case .day: HourText.day(self.day ?? 0)
        case .hour: HourText.hour(self.hour ?? 0)
        }
    }
}
