// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What members tell each other about who coordinates; they come in the order in which they were sent, or not at all.
package enum LinkMessage: Hashable, Sendable {
    /// From a coordinator, every beat.
    case lead(Lead)
    /// From a member, at once after each ``lead(_:)``.
    case beat(Beat)
    /// From a member, before the first ``beat(_:)`` of a session: what it holds. What waits follows once it is led.
    case register(Registration)
    /// There is a coordinator of this later term.
    case newer(Term)
    /// The coordinator of this term gives up its office.
    case retired(Term)
    /// The member has ended: it holds nothing any more.
    case leave
}

/// A coordinator's sign of life.
package struct Lead: Hashable, Sendable {
    /// Its term.
    package var term: Term
    /// When it was sent, by the coordinator's clock.
    package var sent: Instant
    /// When the member sent the last ``Beat`` of this term that has arrived, by the member's clock.
    package var echo: Instant?
    /// The member's registration, if the coordinator has one that counts.
    package var session: UInt64?
    /// How the members share while they have no coordinator.
    package var layout: Layout
    /// Who may hold something, so that whoever coordinates next asks all of them, even if the store has forgotten some.
    package var members: [MemberIdentity]

    /// Makes a sign of life.
    package init(term: Term, sent: Instant, echo: Instant?, session: UInt64?, layout: Layout, members: [MemberIdentity])
    {
        (self.term, self.sent, self.echo, self.session) = (term, sent, echo, session)
        (self.layout, self.members) = (layout, members)
    }
}

/// A member's answer to a sign of life.
package struct Beat: Hashable, Sendable {
    /// The term that it answers.
    package var term: Term
    /// When it was sent, by the member's clock.
    package var sent: Instant
    /// When the ``Lead`` was sent, by the coordinator's clock.
    package var echo: Instant
    /// The member's registration.
    package var session: UInt64
    /// The layout that the member goes by from now on.
    package var layout: Layout

    /// Makes an answer.
    package init(term: Term, sent: Instant, echo: Instant, session: UInt64, layout: Layout) {
        (self.term, self.sent, self.echo, self.session, self.layout) = (term, sent, echo, session, layout)
    }
}

/// What a member tells when a coordinator leads it for the first time, or again.
package struct Registration: Hashable, Sendable {
    /// The term that it registers for.
    package var term: Term
    /// Its number; each one is greater. Grants of an earlier session are void.
    package var session: UInt64
    /// The slots that it holds.
    package var held: [Place: Int]
    /// The layout that it has gone by until now.
    package var layout: Layout

    /// Makes a registration.
    package init(term: Term, session: UInt64, held: [Place: Int], layout: Layout) {
        (self.term, self.session, self.held, self.layout) = (term, session, held, layout)
    }
}

/// Where slots are limited: a model on a backend.
package struct Place: Hashable, Sendable {
    /// The name of the model.
    package var model: String
    /// The URL of the backend.
    package var backend: String

    /// Makes a place.
    package init(model: String, backend: String) {
        self.model = model
        self.backend = backend
    }
}
