// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

extension EventLog.Entry {
    /// The event in replies (contract section 24).
    ///
    /// - Parameters:
    ///   - isWhole: whether it has everything; strangers may know when something happened, and to which model.
    ///   - gateway: the name of this gateway in its cluster. Defaults to nil: it is of none, or the event does not say it.
    func json(isWhole: Bool, gateway: String? = nil) -> JSONText {
        .object { json in
            json.member("number", self.number)
            json.member("time", self.event.time.iso8601)
            json.member("kind", self.event.kind.rawValue)
            json.member("trouble", self.event.kind.isTrouble)
            for (name, text) in self.event.texts where isWhole || name == GatewayEvent.Subject.model.rawValue {
                json.member(named: name, text)
            }
            if let gateway { json.member("gateway", gateway) }
        }
    }
}
