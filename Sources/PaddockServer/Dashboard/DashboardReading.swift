// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

/// Everything that the dashboard shows, of one instant (contract section 17).
struct DashboardReading: Sendable {
    /// When, in milliseconds since 1970.
    var time: Int
    /// The queues and backends.
    var admission: AdmissionSnapshot
    /// The URLs of the backends, in the same order.
    var backends: [String]
    /// Where the limits of models come from.
    var limits = LimitSources()
    /// What the backends have loaded, as far as that is known.
    var loaded: [BackendIndex: [LoadedModel]]
    /// The memory; nil if the system does not report it.
    var memory: MemoryReading?
    /// What is wrong.
    var troubles: TroubleList
    /// The last requests that were not served.
    ///
    /// Clients and request ids stay out: the page is for everybody, and with an id the request can be looked up.
    var unserved: (total: Int, records: [SharedRecord])

    /// How many of the requests that were not served the overview shows.
    static let unservedInOverview = 12

    /// The event `state`: everything.
    var whole: String {
        Self.event("state") { json in
            json.member("version", PaddockVersion.text)
            self.writeHead(to: &json)
            json.member("stats", self.stats())
            json.array("gone") { _ in }
            self.writeUnserved(to: &json)
        }
    }

    /// The event `change`: the models that differ, and those that no longer exist; everything else is complete.
    ///
    /// - Parameter previous: what the subscribers know.
    func change(since previous: DashboardReading) -> String {
        let before = Dictionary(uniqueKeysWithValues: previous.admission.models.map { ($0.name, $0) })
        let changed = self.admission.models.filter { model in
            before[model.name]?.equals(model) != true || previous.limits[model.name] != self.limits[model.name]
        }
        let names = Set(self.admission.models.map(\.name))
        let gone = previous.admission.models.map(\.name).filter { !names.contains($0) }
        return Self.event("change") { json in
            self.writeHead(to: &json)
            json.member("stats", self.stats(only: changed))
            json.member("gone", gone.map(\.description))
            if previous.unserved.total != self.unserved.total { self.writeUnserved(to: &json) }
        }
    }

    private func stats(only models: [ModelSnapshot]? = nil) -> JSONText {
        self.admission.json(only: models, urls: self.backends, limits: self.limits, hasFleet: false)
    }

    private func writeHead(to json: inout JSONWriter) {
        json.member("time", self.time)
        json.member("status", self.admission.summary.status(isCritical: self.troubles.isCritical))
        // As for strangers: the event goes to all.
        self.troubles.write(isWhole: false, to: &json)
        let replies = self.admission.replies
        json.member("backends", self.listed.map { self.backend($0, replies) })
        json.member("memory", self.memory?.json)
    }

    /// The backends to show. The newest may have no index in the reading yet, or no URL.
    private var listed: [Int] {
        let states = self.admission.backends
        return states.indices.prefix(self.backends.count).filter { states[$0].isListed }
    }

    private func backend(_ index: Int, _ replies: RepliesByBackend) -> JSONText {
        self.admission.backendJSON(index, url: self.backends[index], replies) { json in
            json.member("loaded", self.loaded[BackendIndex(index)]?.map(\.json))
        }
    }

    private func writeUnserved(_ limit: Int = .max, to json: inout JSONWriter) {
        json.array("unserved") { json in
            for shared in self.unserved.records.prefix(limit) {
                let record = shared.record
                json.object { json in
                    json.member("time", Int(record.ended.timeOfDay.nanoseconds / 1_000_000))
                    json.member("model", record.model?.description)
                    json.member("outcome", record.outcome.rawValue)
                    json.member("code", record.code)
                    json.member("cause", record.cause?.rawValue)
                    json.milliseconds("waited_ms", record.waited, decimals: 1)
                }
            }
        }
    }

    private static func event(_ name: String, _ members: (inout JSONWriter) -> Void) -> String {
        self.event(name, JSONText.object(members))
    }

    /// A server-sent event.
    static func event(_ name: String, _ data: JSONText) -> String { "event: \(name)\ndata: \(data.string)\n\n" }

    /// The sums over all models, as a view may show only some of them.
    private func writeLoad(to json: inout JSONWriter) {
        let models = self.admission.models
        let totals = models.map(\.totals)
        func sum(_ value: (Totals) -> Int) -> Int { totals.reduce(0) { $0 + value($1) } }
        json.object("load") { json in
            json.member("active", models.reduce(0) { $0 + $1.active })
            json.member("queued", models.reduce(0) { $0 + $1.queued })
            json.member("models_waiting", models.count { $0.queued > 0 })
            json.member("completed", sum(\.completed))
            json.member("errors", sum(\.errorReplies))
            json.member("rejected", sum(\.rejected))
            json.member("failed", sum(\.failed))
            json.member("timed_out", sum(\.timedOut))
            json.member("would_time_out", sum(\.wouldTimeOut))
            json.member("cancelled", sum(\.cancelled))
            json.member("tokens_out", sum(\.answerTokens))
        }
    }

    /// What a channel shows beside its lists and the models.
    func head(of channel: DashboardChannel) -> JSONText {
        .object { json in
            json.member("version", PaddockVersion.text)
            json.member("time", self.time)
            json.member("status", self.admission.summary.status(isCritical: self.troubles.isCritical))
            self.troubles.write(isWhole: channel.isForViewers, to: &json)
            json.member("role", channel.role.name)
            self.writeLoad(to: &json)
            json.member("stats", self.stats(only: []))
            if [.overview, .models, .fleet].contains(channel.view) {
                let replies = self.admission.replies
                json.object("backends") { json in
                    for index in self.listed { json.member(named: self.backends[index], self.backend(index, replies)) }
                }
            }
            if [.overview, .fleet].contains(channel.view) { json.member("memory", self.memory?.json) }
            if channel.view == .overview { self.writeUnserved(Self.unservedInOverview, to: &json) }
        }
    }
}
