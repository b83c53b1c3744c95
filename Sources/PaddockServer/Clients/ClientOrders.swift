// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy
internal import PaddockStore
internal import Synchronization

/// What operators have ordered of clients at run time: what is in the settings, and what the admission obeys.
///
/// One change after the other, so that both always say the same, whatever two operators do at once.
package final class ClientOrders: Sendable {
    /// Of how many clients something can be ordered at once.
    static let most = 1_000

    private let admission: AdmissionController
    private let settings: OperatorSettings
    private let orders: Mutex<[String: ClientOrder]>

    /// - Parameters:
    ///   - admission: obeys.
    ///   - settings: keeps the orders.
    package init(_ admission: AdmissionController, _ settings: OperatorSettings) {
        self.admission = admission
        self.settings = settings
        self.orders = Mutex(settings.all.orders)
    }

    /// All orders, by the names of the clients.
    package var all: [String: ClientOrder] { self.orders.withLock { $0 } }

    /// Changes what is ordered of a client.
    ///
    /// - Parameters:
    ///   - client: its name.
    ///   - change: the change.
    ///   - done: called once it is kept, or cannot be.
    /// - Returns: what was ordered, and what is now.
    /// - Throws: 409 if there are orders of too many clients.
    func change(
        _ client: String,
        _ change: (inout ClientOrder) -> Void,
        then done: @escaping @Sendable (_ before: ClientOrder, _ after: ClientOrder) -> Void
    ) throws(ErrorReply) {
        let isDone = self.orders.withLock { orders in
            let before = orders[client] ?? ClientOrder()
            var after = before
            change(&after)
            guard after.isEmpty || orders[client] != nil || orders.count < Self.most else { return false }
            orders[client] = after.isEmpty ? nil : after
            self.admission.obey(orders, now: .now())
            self.settings.set(after.settings(of: client)) { [after] in done(before, after) }
            return true
        }
        guard !isDone else { return }
        throw ErrorReply(
            409,
            "too_many_orders",
            "\(Self.most) clients are paused or capped, the most that can be: resume one"
        )
    }

    /// The settings have changed.
    func reload() {
        self.orders.withLock { orders in
            orders = self.settings.all.orders
            self.admission.obey(orders, now: .now())
        }
    }
}

extension ClientOrder {
    /// How it is kept.
    fileprivate func settings(of client: String) -> [(key: OperatorKey, value: String)] {
        [
            (.clientPaused(client), self.isPaused ? "true" : OperatorKey.notPaused),
            (.clientCap(client), self.parallel.map(String.init) ?? OperatorKey.noCap),
        ]
    }

    /// How an event tells of it.
    var text: String {
        let cap = self.parallel.map { "\($0) at once" } ?? "no cap"
        return self.isPaused ? "paused, \(cap)" : cap
    }
}

extension [OperatorSetting] {
    /// What is ordered of clients, by their names.
    var orders: [String: ClientOrder] {
        self.reduce(into: [:]) { orders, setting in
            switch setting.key {
            case .clientPaused(let client): orders[client, default: ClientOrder()].isPaused = true
            case .clientCap(let client):
                guard let cap = Int(setting.stored.value), cap > 0 else { break }
                orders[client, default: ClientOrder()].parallel = cap
            case .parallelLimit, .queueLimit, .pinned, .backend, .logLevel: break
            }
        }
    }
}
