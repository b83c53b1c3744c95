// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Logging
internal import PaddockBase
package import PaddockConfiguration
internal import PaddockProxy
package import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// The clients that operators made at run time, with the hashes of their keys: in memory, and in the store.
///
/// One change after the other, on a queue of its own: the store is written first, so that a key that was shown stays good.
package final class KeyRing: Sendable {
    /// How many clients there can be.
    static let maxClients = 10_000
    /// How many keys of a client can be good at once.
    static let maxKeys = 4

    private struct State {
        var clients: [String: StoredClient]
        /// Those that the configuration declares, which win.
        var declared: Set<String> = []
        var whenChanged: @Sendable () -> Void = {}
        var logger: Logger?
    }

    private let state: Mutex<State>
    private let store: Store?
    private let queue = DispatchQueue(label: "paddock-keys")

    /// - Parameter store: where clients are kept; nil if nothing is kept, and then there are none.
    /// - Throws: if the store cannot be read.
    package init(_ store: Store?) throws(StoreError) {
        self.store = store
        let clients = try store?.clients() ?? []
        self.state = Mutex(State(clients: Dictionary(uniqueKeysWithValues: clients.map { ($0.name, $0) })))
    }

    /// Says what is done after each change.
    ///
    /// - Parameters:
    ///   - logger: gets a message about a client of the store that is left out.
    ///   - whenChanged: called on a queue of its own.
    func start(_ logger: Logger, _ whenChanged: @escaping @Sendable () -> Void) {
        self.state.withLock { ($0.logger, $0.whenChanged) = (logger, whenChanged) }
    }

    /// A configuration with these clients beside its own, which win over those of the same name.
    package func merged(_ configuration: Configuration) -> Configuration {
        var merged = configuration
        let clients = self.state.withLock { state in
            state.declared = Set(configuration.clients.map(\.name))
            return state.clients.values.filter { !state.declared.contains($0.name) }
        }
        for client in clients.sorted(by: { $0.name < $1.name }) {
            do throws(ConfigurationError) {
                merged.clients.append(try DeclaredClient(client))
            } catch {
                self.state.withLock { $0.logger }?
                    .warning("a client of the store is left out", metadata: ["reason": "\(error)"])
            }
        }
        return merged
    }

    /// All clients of the store, in the order of their names, as it is now. Blocks.
    func all() throws(StoreError) -> [StoredClient] { try self.store?.clients() ?? [] }

    /// Whether the configuration declares a client of that name.
    func isDeclared(_ name: String) -> Bool { self.state.withLock { $0.declared.contains(name) } }

    /// When a client of the store was last used before this start, in seconds since 1970; nil if never, or if there is none.
    func lastUsed(_ name: String) -> Int? { self.state.withLock { $0.clients[name]?.lastUsed } }

    /// Carries out a change.
    ///
    /// - Parameters:
    ///   - change: the change.
    ///   - done: called on a queue of its own, with the client and its new key, or with the error.
    func perform(
        _ change: ClientChange,
        then done: @escaping @Sendable (Result<(client: StoredClient, key: ClientKey?), ErrorReply>) -> Void
    ) {
        self.queue.async {
            do throws(ErrorReply) {
                let result = try self.carryOut(change)
                self.state.withLock { $0.whenChanged }()
                done(.success(result))
            } catch {
                done(.failure(error))
            }
        }
    }

    /// Takes over the clients of the coordinator of a cluster.
    ///
    /// - Parameters:
    ///   - clients: all that the coordinator has.
    ///   - isChange: whether somebody has just changed them. If not, and it has none, nothing changes: it may have lost its store.
    ///   - done: called on a queue of its own, with the names of the clients that are gone.
    func takeOver(
        _ clients: [StoredClient],
        isChange: Bool,
        then done: @escaping @Sendable (_ gone: [String]) -> Void
    ) {
        self.queue.async {
            let known = self.state.withLock { $0.clients }
            guard isChange || !clients.isEmpty else { return done([]) }
            var new = Dictionary(clients.prefix(Self.maxClients).map { ($0.name, $0) }) { $1 }
            // Each member notes itself who was there.
            for (name, client) in known { new[name]?.lastUsed = client.lastUsed }
            guard new != known else { return done([]) }
            let gone = known.keys.filter { new[$0] == nil }
            do throws(StoreError) {
                for name in gone { try self.store?.removeClient(name) }
                for (name, client) in new where known[name] != client { try self.store?.keep(client) }
            } catch {
                self.state.withLock { $0.logger }?
                    .warning(
                        "clients of the cluster are not kept over a restart",
                        metadata: ["reason": "\(error.reason)"]
                    )
            }
            let taken = new
            let whenChanged = self.state.withLock { state in
                state.clients = taken
                return state.whenChanged
            }
            whenChanged()
            done(gone.sorted())
        }
    }

    private func carryOut(_ change: ClientChange) throws(ErrorReply) -> (client: StoredClient, key: ClientKey?) {
        let (known, isDeclared, count) = self.state.withLock {
            ($0.clients[change.name], $0.declared.contains(change.name), $0.clients.count)
        }
        if isDeclared {
            throw ErrorReply(
                409,
                "declared_client",
                "\(change.name) is declared in the configuration file: change it there"
            )
        }
        let now = WallClock.secondsSince1970()
        var key: ClientKey?
        var client: StoredClient
        switch change {
        case .add(let name, let values):
            guard known == nil else {
                throw ErrorReply(409, "client_exists", "there is a client \(name) already: set, rotate or revoke it")
            }
            guard count < Self.maxClients else {
                throw ErrorReply(
                    409,
                    "too_many_clients",
                    "there are \(count) clients, the most that there can be: revoke one"
                )
            }
            client = StoredClient(name: name, createdAt: now)
            try values.apply(to: &client)
            key = client.addKey()
        case .set(let name, let values):
            client = try Self.known(known, name)
            try values.apply(to: &client)
        case .rotate(let name, let grace):
            client = try Self.known(known, name)
            client.endKeys(at: now + grace, now: now)
            key = client.addKey()
        case .revoke(let name):
            client = try Self.known(known, name)
            try self.write { (store) throws(StoreError) in try store.removeClient(name) }
            self.state.withLock { $0.clients[name] = nil }
            return (client, nil)
        }
        let changed = client
        try self.write { (store) throws(StoreError) in try store.keep(changed) }
        self.state.withLock { $0.clients[changed.name] = changed }
        return (changed, key)
    }

    private static func known(_ client: StoredClient?, _ name: String) throws(ErrorReply) -> StoredClient {
        guard let client else {
            throw ErrorReply(404, "unknown_client", "there is no client \(name): GET /admin/keys lists them")
        }
        return client
    }

    private func write(_ change: (Store) throws(StoreError) -> Void) throws(ErrorReply) {
        guard let store = self.store else {
            throw ErrorReply(501, "not_kept", "keys are not kept, as state is off: set it to auto or to a folder")
        }
        do throws(StoreError) { try change(store) } catch {
            throw ErrorReply(503, "store_error", "nothing has changed, as the store cannot be written: \(error.reason)")
        }
    }
}

extension ClientChange {
    /// What has happened if it was carried out.
    var event: GatewayEvent.Kind {
        switch self {
        case .add: .clientAdded
        case .set: .clientChanged
        case .rotate: .clientRotated
        case .revoke: .clientRevoked
        }
    }
}

extension StoredClient {
    /// Gives it a new key.
    fileprivate mutating func addKey() -> ClientKey {
        let key = ClientKey.random()
        self.keys.insert(Key(hash: key.hash.hexadecimal), at: 0)
        return key
    }

    /// Ends its keys, unless they end before; those that have ended are forgotten, and so are the oldest of too many.
    fileprivate mutating func endKeys(at end: Int, now: Int) {
        for index in self.keys.indices { self.keys[index].validUntil = min(self.keys[index].validUntil ?? end, end) }
        self.keys.removeAll { $0.validUntil ?? .max <= now }
        self.keys = Array(self.keys.prefix(KeyRing.maxKeys - 1))
    }
}
