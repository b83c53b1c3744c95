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
    /// Says where requests are in the queue of all members; nil without a cluster.
    let places: ClusterPlaces?

    /// What an entry is called: its number; if others have theirs, a number that grows with time over all of them.
    private func key(_ number: Int, _ time: TimeOfDay) -> String {
        String(self.places != nil ? Int(time.nanoseconds / 1_000_000) << 12 | number & 0xFFF : number)
    }

    /// How many requests there are, and for viewers the first of them in the order in which they run and will start.
    ///
    /// - Parameter places: where requests are in the queue of all members, in its order.
    func requests(isForViewers: Bool, places: [JSONValue]) -> JSONText {
        let requests = self.admission.requests(of: nil, now: .now())
        return .object { json in
            json.member("total", requests.count)
            guard isForViewers else { return }
            let shown = self.shown(requests, places)
            json.object("by_id") { json in
                for (request, place) in shown {
                    let entry = self.rendering.json(request)
                    guard let place, let object = JSONValue(of: entry).object else {
                        json.member(named: request.id, entry)
                        continue
                    }
                    json.member(named: request.id, JSONValue.object(RequestPage.placed(object, place)))
                }
            }
            json.member("order", shown.map(\.request.id))
        }
    }

    /// The first requests: the active ones, those that have a place, and the others.
    private func shown(_ requests: [RequestSnapshot], _ places: [JSONValue]) -> [(
        request: RequestSnapshot, place: JSONValue?
    )] {
        let waiting = requests.drop { $0.position == 0 }
        let byNumber = Dictionary(places.compactMap { place in place["number"]?.integer.map { ($0, place) } }) { $1 }
        let requestOf = Dictionary(waiting.map { (Int(clamping: $0.ticket.number), $0) }) { $1 }
        let placed = places.compactMap { place in
            place["number"]?.integer.flatMap { requestOf[$0] }.map { (request: $0, place: Optional(place)) }
        }
        let others = waiting.lazy.filter { byNumber[Int(clamping: $0.ticket.number)] == nil }
        let active = requests.prefix { $0.position == 0 }.prefix(Self.requestsShown)
        let rest = placed + others.prefix(Self.requestsShown).map { ($0, nil) }
        return active.map { ($0, nil) } + rest.prefix(Self.requestsShown - active.count)
    }

    /// The requests that ended last, for viewers, by a number that grows. If many end at once, some are left out.
    ///
    /// - Parameter known: those that were shown last. They do not change.
    func ended(known: [String: JSONValue]) -> JSONObject {
        let (total, records) = self.history.reading
        var room = known.isEmpty ? Self.endedShown : Self.endedAtOnce
        var list = JSONObject()
        for (offset, record) in records.prefix(Self.endedShown).enumerated() {
            let number = self.key(total - offset, record.record.ended.timeOfDay)
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
                json.member(named: self.key(entry.number, entry.event.time), entry.json(isWhole: isForViewers))
            }
        }
    }
}

extension JSONValue {
    /// The value of a text of ours, which is JSON; null if it is not.
    init(of text: JSONText) { self = (try? JSONValue(parsing: text.bytes)) ?? .null }
}
