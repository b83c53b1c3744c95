// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
package import PaddockCluster

extension LinkMessage {
    /// The first byte of each message; numbers are never used again for something else.
    private enum Kind: UInt64 {
        case lead = 1
        case beat = 2
        case register = 3
        case newer = 4
        case retired = 5
        case leave = 6
    }

    /// Writes the message.
    package func write(to link: inout LinkWriter) {
        switch self {
        case .lead(let lead):
            link.number(Kind.lead.rawValue)
            link.number(lead.term.number)
            link.signed(lead.sent.nanoseconds)
            link.optional(lead.echo) { $0.signed($1.nanoseconds) }
            link.optional(lead.session) { $0.number($1) }
            link.layout(lead.layout)
            link.list(lead.members) { $0.identity($1) }
        case .beat(let beat):
            link.number(Kind.beat.rawValue)
            link.number(beat.term.number)
            link.signed(beat.sent.nanoseconds)
            link.signed(beat.echo.nanoseconds)
            link.number(beat.session)
            link.layout(beat.layout)
        case .register(let registration):
            link.number(Kind.register.rawValue)
            link.number(registration.term.number)
            link.number(registration.session)
            link.layout(registration.layout)
            link.list(registration.held.sorted { ($0.key.model, $0.key.backend) < ($1.key.model, $1.key.backend) }) {
                $0.text($1.key.model)
                $0.text($1.key.backend)
                $0.number(UInt64($1.value))
            }
        case .newer(let term):
            link.number(Kind.newer.rawValue)
            link.number(term.number)
        case .retired(let term):
            link.number(Kind.retired.rawValue)
            link.number(term.number)
        case .leave: link.number(Kind.leave.rawValue)
        }
    }

    /// Reads a message.
    package init(from link: inout LinkReader) throws(LinkError) {
        guard let kind = Kind(rawValue: try link.number()) else { throw .notUnderstood }
        switch kind {
        case .lead:
            self = .lead(
                Lead(
                    term: try link.term(),
                    sent: Instant(nanoseconds: try link.signed()),
                    echo: try link.optional { link throws(LinkError) in Instant(nanoseconds: try link.signed()) },
                    session: try link.optional { link throws(LinkError) in try link.number() },
                    layout: try link.layout(),
                    members: try link.list(atMost: MemberIdentity.mostMembers) { link throws(LinkError) in
                        try link.identity()
                    }
                )
            )
        case .beat:
            self = .beat(
                Beat(
                    term: try link.term(),
                    sent: Instant(nanoseconds: try link.signed()),
                    echo: Instant(nanoseconds: try link.signed()),
                    session: try link.number(),
                    layout: try link.layout()
                )
            )
        case .register:
            let (term, session, layout) = (try link.term(), try link.number(), try link.layout())
            var held: [Place: Int] = [:]
            for _ in 0..<(try link.count(atMost: 100_000)) {
                let place = Place(model: try link.text(atMost: 4_096), backend: try link.text(atMost: 4_096))
                // A place is counted once.
                guard held.updateValue(try link.count(atMost: 1 << 20), forKey: place) == nil else {
                    throw .notUnderstood
                }
            }
            self = .register(Registration(term: term, session: session, held: held, layout: layout))
        case .newer: self = .newer(try link.term())
        case .retired: self = .retired(try link.term())
        case .leave: self = .leave
        }
    }
}
