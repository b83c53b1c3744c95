// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy

/// Clients as JSON (contract section 25).
struct ClientRendering: Sendable {
    private let admission: AdmissionController
    private let keys: KeyRing
    private let orders: ClientOrders

    /// - Parameters:
    ///   - admission: knows quotas.
    ///   - keys: knows when keys of clients that were made at run time were last used.
    ///   - orders: knows what operators have ordered.
    init(_ admission: AdmissionController, _ keys: KeyRing, _ orders: ClientOrders) {
        self.admission = admission
        self.keys = keys
        self.orders = orders
    }

    /// The answer to `GET /queue/clients`.
    ///
    /// - Parameters:
    ///   - entries: the clients.
    ///   - total: how many there are.
    ///   - isForMembers: whether it is for other members of a cluster, who work out shares themselves.
    func json(_ entries: [ClientsReading.Entry], total: Int, isForMembers: Bool) -> JSONText {
        let orders = self.orders.all
        let byTokens = isForMembers && self.admission.summary(now: .now()).fairnessBy == .tokens
        return .object { json in
            json.member("total", total)
            json.array("clients") { json in
                for entry in entries {
                    json.object { json in
                        self.write(entry, orders[entry.name] ?? ClientOrder(), to: &json)
                        if isForMembers { entry.tally.slices.write(byTokens: byTokens, to: &json) }
                    }
                }
            }
        }
    }

    /// One client, and what is ordered of it.
    private func write(_ entry: ClientsReading.Entry, _ order: ClientOrder, to json: inout JSONWriter) {
        let counts = entry.tally.counts
        json.member("client", entry.name)
        json.member("class", entry.ceiling?.rawValue)
        json.member("weight", entry.tally.client.weight)
        json.member("paused", order.isPaused)
        json.member("cap", order.parallel)
        json.member("running", entry.running)
        json.member("waiting", entry.waiting)
        json.member("share", entry.share?.share.rounded(decimals: 4))
        json.member("fair_share", entry.share?.fair.rounded(decimals: 4))
        json.milliseconds("wait_ms_p50", entry.waits?.p50)
        json.milliseconds("wait_ms_p90", entry.waits?.p90)
        json.member("requests", counts.requests)
        json.member("completed", counts.completed)
        json.member("error_replies", counts.errorReplies)
        json.member("rejected", counts.rejected)
        json.member("failed", counts.failed)
        json.member("timed_out", counts.timedOut)
        json.member("would_time_out", counts.wouldTimeOut)
        json.member("cancelled", counts.cancelled)
        json.member("refused", counts.refused)
        json.member("tokens_in", counts.tokensIn)
        json.member("tokens_out", counts.tokensOut)
        json.member("connections", entry.connections)
        json.member("last_request", entry.tally.lastRequest?.timeOfDay.iso8601)
        json.member("key_last_used", self.keyLastUsed(entry))
        json.member("quota", self.admission.quotaStanding(of: entry.name, now: .now())?.json)
    }

    /// When the key of a declared client was last used: since the start, or before it if the client was made at run time.
    private func keyLastUsed(_ entry: ClientsReading.Entry) -> String? {
        guard entry.ceiling != nil else { return nil }
        return entry.tally.lastRequest?.timeOfDay.iso8601
            ?? self.keys.lastUsed(entry.name).map { CivilTime(seconds: Int64($0)).iso8601 + "Z" }
    }
}
