// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON

extension AdmissionSnapshot {
    /// The entry of a backend in `GET /queue/stats` and in the dashboard's events (contract section 20).
    ///
    /// - Parameters:
    ///   - index: its index.
    ///   - url: its URL.
    ///   - replies: the replies of all backends.
    ///   - more: writes what comes on top. Defaults to nothing.
    func backendJSON(
        _ index: Int,
        url: String,
        _ replies: RepliesByBackend,
        more: (inout JSONWriter) -> Void = { _ in }
    ) -> JSONText {
        let fleet = self.fleet.backends[index]
        return .object { json in
            json.member("url", url)
            json.member("state", self.backends[index].standing.rawValue)
            json.member("healthy", self.backends[index].isHealthy)
            json.member("active_requests", self.backends[index].active)
            json.member("slots", self.backends[index].slots)
            json.member("memory_bytes", fleet.memory.memory.map { Int($0) })
            json.member("max_loaded", fleet.memory.maxLoaded)
            json.member("observed", fleet.isObserved)
            json.member("exact_options", fleet.isExact)
            fleet.breaker.write(to: &json)
            json.member("residents", fleet.residents.map(\.json))
            if let plan = fleet.plan {
                json.object("plan") { json in
                    json.member("model", plan.model.description)
                    json.member("victims", plan.victims.map(\.description))
                    json.member("reason", plan.reason.name)
                }
            } else {
                json.member("plan", String?.none)
            }
            json.object("loads") { json in
                for (reason, count) in fleet.loads.byReason { json.member(named: reason, count) }
            }
            json.member("refused", fleet.refusals)
            json.member("replies", replies[BackendIndex(index)].json)
            json.member("recent", fleet.recent.backendJSON)
            json.object("time_ms") { json in
                for state in MachineTime.State.allCases {
                    json.member(named: state.name, fleet.time[state].milliseconds.rounded(decimals: 0))
                }
            }
            more(&json)
        }
    }
}

extension FleetSnapshot {
    /// Where a model is loaded, for the entry of the model in `GET /queue/stats`.
    ///
    /// - Parameter urls: the URLs of the backends.
    func runners(of model: ModelName, urls: [String]) -> [JSONText] {
        zip(urls, self.backends).flatMap { url, backend in
            backend.residents.filter { $0.name == model }.map { resident in
                .object { json in
                    json.member("backend", url)
                    resident.writeState(to: &json)
                }
            }
        }
    }
}

extension ResidentSnapshot {
    /// Its entry in the list of a backend.
    var json: JSONText {
        .object { json in
            json.member("model", self.name.description)
            self.writeState(to: &json)
            json.member("reason", self.reason.name)
            json.member("pinned", self.isPinned)
            json.member("bytes", Int(self.bytes))
            json.milliseconds("expires_ms", self.expires, decimals: 0)
        }
    }

    fileprivate func writeState(to json: inout JSONWriter) {
        json.member("options", self.options.description)
        json.member("state", self.isVictim && self.phase == .loaded ? "draining" : self.phase.name)
        json.milliseconds("visit_ms", self.visit, decimals: 0)
        json.member("active", self.active)
        json.member("limit", self.limit)
        json.member("learned_limit", self.learnedLimit)
    }
}

extension BreakerSnapshot {
    /// Writes what a breaker says of a backend, as members of an object.
    func write(to json: inout JSONWriter) {
        json.member("breaker", self.state.name)
        json.member("reason", self.cause?.name)
        json.milliseconds("until_ms", self.until, decimals: 0)
    }
}
