// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

/// The lists that views show, as objects by what their entries are called: so they can be merged.
struct DashboardLists: Sendable {
    /// How many requests that are active or wait are shown.
    static let requestsShown = 100
    /// How many requests that have ended are shown.
    static let endedShown = 200
    /// How many requests that have ended since the last event are shown.
    static let endedAtOnce = 40
    /// How many events are shown.
    static let eventsShown = 200

    /// The queues.
    let admission: AdmissionController
    /// How requests look.
    let rendering: RequestRendering
    /// The requests that ended last.
    let history: RequestHistory
    /// What happened.
    let events: EventLog

    /// How many requests there are, and for viewers the first of them in the order in which they run and will start.
    func requests(isForViewers: Bool) -> JSONText {
        let requests = self.admission.requests(of: nil, now: .now())
        return .object { json in
            json.member("total", requests.count)
            guard isForViewers else { return }
            let shown = requests.prefix(Self.requestsShown)
            json.object("by_id") { json in
                for request in shown { json.member(named: request.id, self.rendering.json(request)) }
            }
            json.member("order", shown.map(\.id))
        }
    }

    /// The requests that ended last, for viewers, by a number that grows. If many end at once, some are left out.
    ///
    /// - Parameter known: those that were shown last. They do not change.
    func ended(known: [String: JSONValue]) -> JSONObject {
        let (total, records) = self.history.reading
        var room = known.isEmpty ? Self.endedShown : Self.endedAtOnce
        var list = JSONObject()
        for (offset, record) in records.prefix(Self.endedShown).enumerated() {
            let number = String(total - offset)
            if let entry = known[number] {
                list.append(number, entry)
            } else if room > 0 {
                list.append(number, JSONValue(of: self.rendering.json(record)))
                room -= 1
            }
        }
        return list
    }

    /// What happened last, by number.
    func events(isForViewers: Bool) -> JSONText {
        .object { json in
            for entry in self.events.entries.suffix(Self.eventsShown) {
                json.member(named: String(entry.number), entry.json(isWhole: isForViewers))
            }
        }
    }
}

extension JSONValue {
    /// The value of a text of ours, which is JSON; null if it is not.
    init(of text: JSONText) { self = (try? JSONValue(parsing: text.bytes)) ?? .null }
}
