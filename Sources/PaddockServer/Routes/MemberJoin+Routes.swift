// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON
internal import PaddockProxy
internal import PaddockSystem

/// How answers of members become one that are more than counts (contract, section 27).
extension MemberJoin {
    /// The same trouble of several is one.
    static let troubles = MemberJoin { documents, _ in
        .object(MemberTroubles.joined(documents.compactMap { one in one.value.object.map { (one.member, $0) } }))
    }

    /// The last event first. Who knows the number of one means those of the member; who follows them is no question of one answer.
    static let events = MemberJoin(
        isForAll: { $0.queryText("after") == nil && $0.accept?.lowercased().contains("text/event-stream") != true },
        join: { documents, request in
            let all = documents.flatMap { document in
                (document.value["events"]?.array ?? []).map { $0.said(by: document.member, as: "gateway") }
            }
            // Those of a member stay in their order.
            let newest = all.enumerated().sorted {
                ($0.element["time"]?.string ?? "", $1.offset) > ($1.element["time"]?.string ?? "", $0.offset)
            }
            let limit = request.acceptedLimit(or: EventRoutes.defaultLimit)
            let numbers = documents.compactMap { document in
                document.value["last"]?.string.flatMap { Int($0) }.map { (document.member, $0) }
            }
            let last = EventCursor(
                Dictionary(numbers) { max($0, $1) },
                time: Int(WallClock.nanosecondsSince1970() / 1_000_000)
            )
            return ["last": .string(last.text), "events": .array(newest.prefix(limit).map(\.element))]
        }
    )

    /// The steps of the charts, added up.
    static let history = MemberJoin { documents, _ in HistorySum.of(documents.map(\.value)) }
}
