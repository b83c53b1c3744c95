// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

/// Everything that the dashboard shows, of one instant (contract section 17).
package struct DashboardReading: Sendable {
    /// When, in milliseconds since 1970.
    package var time: Int
    /// The queues and backends.
    package var admission: AdmissionSnapshot
    /// The URLs of the backends, in the same order.
    package var backends: [String]
    /// What the backends have loaded, in the same order; nil where that is not known.
    package var loaded: [[LoadedModel]?]
    /// The memory; nil where the system tells nothing.
    package var memory: MemoryReading?
    /// The last requests that were not served.
    package var unserved: (total: Int, entries: [UnservedRequests.Entry])

    package init(
        time: Int,
        admission: AdmissionSnapshot,
        backends: [String],
        loaded: [[LoadedModel]?],
        memory: MemoryReading?,
        unserved: (total: Int, entries: [UnservedRequests.Entry])
    ) {
        self.time = time
        self.admission = admission
        self.backends = backends
        self.loaded = loaded
        self.memory = memory
        self.unserved = unserved
    }

    /// The event `state`: everything.
    package var whole: String {
        Self.event(
            "state",
            [("version", .string(PaddockVersion.text))] + self.head
                + [("stats", .stats(self.admission)), ("gone", .array([])), ("unserved", self.unservedList)]
        )
    }

    /// The event `change`: of the models those that differ, and what is gone; everything else is whole.
    ///
    /// - Parameter previous: what the subscribers know.
    package func change(since previous: DashboardReading) -> String {
        let before = Dictionary(uniqueKeysWithValues: previous.admission.models.map { ($0.name, $0) })
        let changed = self.admission.models.filter { before[$0.name]?.equals($0) != true }
        let names = Set(self.admission.models.map(\.name))
        let gone = previous.admission.models.map(\.name).filter { !names.contains($0) }
        var fields = self.head
        fields.append(("stats", .stats(self.admission, only: changed)))
        fields.append(("gone", .array(gone.map { .string($0.description) })))
        if previous.unserved.total != self.unserved.total { fields.append(("unserved", self.unservedList)) }
        return Self.event("change", fields)
    }

    private var head: [(key: String, value: OrderedJSON)] {
        [
            ("time", .integer(self.time)),
            ("status", .string(self.admission.summary.status)),
            ("backends", .array(self.backends.indices.map(self.backend))),
            ("memory", self.memory.map { .memory($0) } ?? .null),
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

    private var unservedList: OrderedJSON { .array(self.unserved.entries.map(\.json)) }

    private static func event(_ name: String, _ fields: [(key: String, value: OrderedJSON)]) -> String {
        "event: \(name)\ndata: \(OrderedJSON.object(fields).text)\n\n"
    }
}
