// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockProxy
internal import PaddockStore

extension StoredEvent {
    init(_ entry: EventLog.Entry) {
        let event = entry.event
        let (actor, address, tool): (String, String?, String?) =
            switch event.actor {
            case .gateway: ("gateway", nil, nil)
            case .signal(let name): ("signal", nil, name)
            case .request(let hasToken, let address, let tool): (hasToken ? "token" : "local", address, tool)
            }
        self.init(
            number: entry.number,
            time: event.time.nanoseconds / 1_000_000,
            kind: event.kind.rawValue,
            actor: actor
        )
        (self.subject, self.before, self.after, self.reason) = (event.subject, event.before, event.after, event.reason)
        (self.address, self.tool) = (address, tool)
    }
}

extension GatewayEvent {
    /// - Returns: nil if its kind is not known.
    init?(_ stored: StoredEvent) {
        guard let kind = Kind(rawValue: stored.kind) else { return nil }
        self.init(kind, stored.subject, time: TimeOfDay(nanoseconds: stored.time * 1_000_000))
        (self.before, self.after, self.reason) = (stored.before, stored.after, stored.reason)
        self.actor =
            switch stored.actor {
            case "signal": .signal(stored.tool ?? "")
            case "token", "local":
                .request(
                    hasToken: stored.actor == "token",
                    address: stored.address ?? "",
                    tool: stored.tool ?? ""
                )
            default: .gateway
            }
    }
}
