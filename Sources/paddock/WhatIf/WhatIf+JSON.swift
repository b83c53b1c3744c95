// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import PaddockJSON
import PaddockReplay
import PaddockServer

/// What programs get: times in seconds, as in the trace.
extension WhatIf {
    var json: JSONText {
        .object { json in
            json.object("trace") { json in
                json.member("file", self.path)
                json.member("requests", self.requests)
                json.member("skipped_lines", self.skipped)
                json.member("models", self.models)
                json.member("clients", self.clients)
            }
            for column in self.columns { json.member(named: column.name, self.json(column)) }
        }
    }

    private func json(_ column: Column) -> JSONText {
        let summary = column.summary
        return .object { json in
            json.member("setting", column.setting.map(Self.json))
            json.seconds("seconds", summary.span)
            Self.write(summary.all, to: &json)
            json.number("completed_per_second", summary.throughput)
            json.member("loads", summary.loads)
            json.member("wait_and_load", summary.waitsAndLoads.map(Self.json))
            json.number("utilisation", summary.utilisation)
            json.number("useful_share", summary.usefulShare)
            json.number("jain_index", summary.fairness)
            json.object("classes") { json in
                for requestClass in RequestClass.allCases {
                    json.member(
                        named: requestClass.name,
                        .object { Self.write(summary.part(requestClass), to: &$0) } as JSONText
                    )
                }
            }
            json.array("clients") { json in
                for (name, part) in zip(self.busiest, summary.clients) {
                    json.object { json in
                        json.member("client", name)
                        Self.write(part, to: &json)
                    }
                }
            }
        }
    }

    private static func json(_ setting: ReplaySetting) -> JSONText {
        let admission = setting.admission
        return .object { json in
            json.member("parallel", admission.limits.parallel)
            json.member("max_queue", admission.limits.queue)
            json.member("backends", admission.backendCount)
            json.member("backend_slots", (0..<admission.backendCount).map { admission.backendSlots[BackendIndex($0)] })
            json.member("fairness", admission.policy.isFair ? "on" : "off")
            json.member("fairness_by", admission.policy.fairnessBy.rawValue)
            json.member("batch_share", (admission.policy.batchShare * 100).rounded(decimals: 4))
            json.member("batch_slots", admission.policy.batchSlots.map { JSONValue($0) } ?? "all")
            json.member("swap", admission.policy.fleet.isOn ? "auto" : "off")
            json.member("timeout", setting.timeout.map { $0.milliseconds / 1000 })
        }
    }

    private static func write(_ part: ReplaySummary.Part, to json: inout JSONWriter) {
        json.member("requests", part.requests)
        for ending in Ending.ofArrivals { json.member(named: ending.rawValue, part.count(of: ending)) }
        json.number("slot_seconds", part.slotTime / 1e9)
        json.member("wait", part.waits.map(Self.json))
    }

    private static func json(_ waits: Quantiles) -> JSONText {
        .object { json in
            json.member("count", waits.count)
            json.seconds("p50", waits.p50)
            json.seconds("p90", waits.p90)
            json.seconds("p99", waits.p99)
        }
    }
}

extension JSONWriter {
    /// Writes a member that is a number of at most six decimals; null for nil.
    fileprivate mutating func number(_ name: StaticString, _ value: Double?) {
        self.member(name, value.map { $0.rounded(decimals: 6) })
    }

    /// Writes a member that is a time in seconds.
    fileprivate mutating func seconds(_ name: StaticString, _ nanoseconds: Int64) {
        self.number(name, Double(nanoseconds) / 1e9)
    }
}
