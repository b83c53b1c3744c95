// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy

/// Everything that the dashboard shows, of one instant (contract section 17).
struct DashboardReading: Sendable {
    /// When, in milliseconds since 1970.
    var time: Int
    /// The queues and backends.
    var admission: AdmissionSnapshot
    /// The URLs of the backends, in the same order.
    var backends: [String]
    /// What the backends have loaded, in the same order; nil if that is not known.
    var loaded: [[LoadedModel]?]
    /// The memory; nil if the system does not report it.
    var memory: MemoryReading?
    /// The last requests that were not served.
    ///
    /// Clients and request ids stay out: the page is for everybody, and with an id the request can be looked up.
    var unserved: (total: Int, records: [SharedRecord])

    /// The event `state`: everything.
    var whole: String {
        Self.event(
            "state",
            [("version", .string(PaddockVersion.text))] + self.head
                + [("stats", self.admission.json()), ("gone", .array([])), ("unserved", self.unservedList)]
        )
    }

    /// The event `change`: the models that differ, and those that no longer exist; everything else is complete.
    ///
    /// - Parameter previous: what the subscribers know.
    func change(since previous: DashboardReading) -> String {
        let before = Dictionary(uniqueKeysWithValues: previous.admission.models.map { ($0.name, $0) })
        let changed = self.admission.models.filter { before[$0.name]?.equals($0) != true }
        let names = Set(self.admission.models.map(\.name))
        let gone = previous.admission.models.map(\.name).filter { !names.contains($0) }
        var fields = self.head
        fields.append(("stats", self.admission.json(only: changed)))
        fields.append(("gone", .array(gone.map { .string($0.description) })))
        if previous.unserved.total != self.unserved.total { fields.append(("unserved", self.unservedList)) }
        return Self.event("change", fields)
    }

    private var head: [(key: String, value: OrderedJSON)] {
        [
            ("time", .integer(self.time)),
            ("status", .string(self.admission.summary.status)),
            ("backends", .array(self.backends.indices.map(self.backend))),
            ("memory", self.memory?.json ?? .null),
        ]
    }

    private func backend(_ index: Int) -> OrderedJSON {
        .object([
            ("url", .string(self.backends[index])),
            ("healthy", .bool(self.admission.backends[index].isHealthy)),
            ("active_requests", .integer(self.admission.backends[index].active)),
            ("slots", self.admission.backends[index].slots.map { .integer($0) } ?? .null),
            ("loaded", self.loaded[index].map { .array($0.map(\.json)) } ?? .null),
        ])
    }

    private var unservedList: OrderedJSON {
        .array(
            self.unserved.records.map { shared in
                let record = shared.record
                return .object([
                    ("time", .integer(Int(record.ended.timeOfDay.nanoseconds / 1_000_000))),
                    ("model", record.model.map { .string($0.description) } ?? .null),
                    ("outcome", .string(record.outcome.rawValue)),
                    ("code", record.code.map { .string($0) } ?? .null),
                    ("waited_ms", record.waited.map { .number($0.milliseconds.rounded(decimals: 1)) } ?? .null),
                ])
            }
        )
    }

    private static func event(_ name: String, _ fields: [(key: String, value: OrderedJSON)]) -> String {
        "event: \(name)\ndata: \(OrderedJSON.object(fields).text)\n\n"
    }
}
