// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// A gateway in front of a simulated fleet: events in, actions out.
package protocol FleetGateway {
    /// A request arrives. It is to be sent to a host now or later.
    mutating func arrived(_ request: FleetRequest, now: Instant, _ actions: inout FleetActions)

    /// The first byte of a reply has come: the model is loaded, and a slot works on the request. Defaults to nothing.
    mutating func firstByte(of request: FleetRequest, on host: Int, now: Instant, _ actions: inout FleetActions)

    /// A reply has ended. Defaults to nothing.
    mutating func ended(_ request: FleetRequest, on host: Int, now: Instant, _ actions: inout FleetActions)

    /// A host has answered that it was asked to unload a model. Defaults to nothing.
    ///
    /// - Parameter isGone: Whether it did; not if the model is used or is loading.
    mutating func unloaded(_ model: Int, on host: Int, isGone: Bool, now: Instant, _ actions: inout FleetActions)

    /// A host lists what it has loaded. Defaults to nothing.
    mutating func listed(_ residents: [HostResident], on host: Int, now: Instant, _ actions: inout FleetActions)

    /// An instant has come that the gateway asked for. Defaults to nothing.
    mutating func tick(now: Instant, _ actions: inout FleetActions)
}

extension FleetGateway {
    package mutating func firstByte(
        of request: FleetRequest,
        on host: Int,
        now: Instant,
        _ actions: inout FleetActions
    ) {}

    package mutating func ended(_ request: FleetRequest, on host: Int, now: Instant, _ actions: inout FleetActions) {}

    package mutating func unloaded(
        _ model: Int,
        on host: Int,
        isGone: Bool,
        now: Instant,
        _ actions: inout FleetActions
    ) {}

    package mutating func listed(
        _ residents: [HostResident],
        on host: Int,
        now: Instant,
        _ actions: inout FleetActions
    ) {}

    package mutating func tick(now: Instant, _ actions: inout FleetActions) {}
}

/// What a gateway wants to be done, in order.
package struct FleetActions {
    enum Action {
        case send(Int, host: Int)
        case unload(Int, host: Int)
        case list(host: Int)
        case wake(Instant)
    }

    private(set) var list: [Action] = []

    /// Sends a request to a host.
    ///
    /// - Parameter request: The number of the request.
    package mutating func send(_ request: Int, to host: Int) { self.list.append(.send(request, host: host)) }

    /// Asks a host to unload a model.
    package mutating func unload(_ model: Int, on host: Int) { self.list.append(.unload(model, host: host)) }

    /// Asks a host what it has loaded.
    package mutating func list(on host: Int) { self.list.append(.list(host: host)) }

    /// Asks for a tick at an instant; one that has passed comes at once.
    package mutating func wake(at instant: Instant) { self.list.append(.wake(instant)) }
}
