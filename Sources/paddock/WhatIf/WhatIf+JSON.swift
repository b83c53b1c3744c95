// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockReplay
import PaddockServer

/// What programs get: times in seconds, as in the trace.
extension WhatIf {
    var json: OrderedJSON {
        .object(
            [
                (
                    "trace",
                    .object([
                        ("file", .string(self.path)),
                        ("requests", .integer(self.requests)),
                        ("skipped_lines", .integer(self.skipped)),
                        ("models", .integer(self.models)),
                        ("clients", .integer(self.clients)),
                    ])
                )
            ] + self.columns.map { column in (column.name, self.json(column)) }
        )
    }

    private func json(_ column: Column) -> OrderedJSON {
        let summary = column.summary
        let clients = zip(self.busiest, summary.clients).map { name, part in
            Self.object([("client", .string(name))] + Self.fields(part))
        }
        return Self.object(
            [("setting", column.setting.map(Self.json) ?? .null), ("seconds", Self.seconds(summary.span))]
                + Self.fields(summary.all)
                + [
                    ("completed_per_second", Self.number(summary.throughput)),
                    ("utilisation", Self.number(summary.utilisation)),
                    ("useful_share", Self.number(summary.usefulShare)),
                    ("jain_index", Self.number(summary.fairness)),
                    (
                        "classes",
                        Self.object(
                            RequestClass.allCases.map { ($0.name, Self.object(Self.fields(summary.part($0)))) }
                        )
                    ),
                    ("clients", .array(clients)),
                ]
        )
    }

    private static func json(_ setting: ReplaySetting) -> OrderedJSON {
        let admission = setting.admission
        return self.object([
            ("parallel", .integer(admission.limits.parallel)),
            ("max_queue", .integer(admission.limits.queue)),
            ("backends", .integer(admission.backendCount)),
            (
                "backend_slots",
                .array(
                    (0..<admission.backendCount).map {
                        admission.backendSlots[BackendIndex($0)].map { .integer($0) } ?? .null
                    }
                )
            ),
            ("fairness", .string(admission.policy.isFair ? "on" : "off")),
            ("batch_share", .number((admission.policy.batchShare * 100).rounded(decimals: 4))),
            ("batch_slots", admission.policy.batchSlots.map { .integer($0) } ?? .string("all")),
            ("timeout", setting.timeout.map { .number($0.milliseconds / 1000) } ?? .null),
        ])
    }

    private static func fields(_ part: ReplaySummary.Part) -> [(key: String, value: OrderedJSON)] {
        [("requests", .integer(part.requests))]
            + Ending.ofArrivals.map { ($0.rawValue, .integer(part.count(of: $0))) }
            + [
                ("slot_seconds", .number((part.slotTime / 1e9).rounded(decimals: 6))),
                ("wait", part.waits.map(Self.json) ?? .null),
            ]
    }

    private static func json(_ waits: Quantiles) -> OrderedJSON {
        self.object([
            ("count", .integer(waits.count)),
            ("p50", self.seconds(waits.p50)),
            ("p90", self.seconds(waits.p90)),
            ("p99", self.seconds(waits.p99)),
        ])
    }

    private static func object(_ fields: [(key: String, value: OrderedJSON)]) -> OrderedJSON { .object(fields) }

    private static func number(_ value: Double?) -> OrderedJSON {
        value.map { .number($0.rounded(decimals: 6)) } ?? .null
    }

    private static func seconds(_ nanoseconds: Int64) -> OrderedJSON {
        .number((Double(nanoseconds) / 1e9).rounded(decimals: 6))
    }
}
