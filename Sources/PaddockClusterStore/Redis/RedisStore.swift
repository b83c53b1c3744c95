// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockBase
package import PaddockCluster
internal import PaddockJSON

/// A Redis or Valkey server as the store of a cluster.
package actor RedisStore: ClusterStore {
    private let address: StoreAddress
    private let timeout: Duration
    private let options: ClusterOptions
    private var connection: RedisConnection?
    private var connecting: Task<Result<RedisConnection, StoreFailure>, Never>?
    private var pause: RetryPause
    private var isClosed = false

    /// Makes a store that connects with the first question.
    ///
    /// - Parameters:
    ///   - address: where it is; its engine is Redis.
    ///   - options: the times of the cluster.
    package init(_ address: StoreAddress, options: ClusterOptions) {
        self.address = address
        self.options = options
        self.timeout = Duration(options.lease / 2)
        self.pause = RetryPause(atMost: Duration(options.lease))
    }

    /// Asks by one script.
    package func ask(_ question: StoreQuestion) async throws(StoreFailure) -> StoreReading {
        let connection = try await self.connected()
        let answer = try await self.evaluate(question, connection)
        if case .error(let text) = answer {
            // A replica that was the primary before: the sentinels know another one by now.
            if text.hasPrefix("READONLY") || text.hasPrefix("NOAUTH") { self.drop(connection) }
            throw .refused(String(text.trimmingPrefix("PADDOCK ").prefix(200)))
        }
        guard let reading = RedisScript.reading(answer) else { throw .notUnderstood("the entries of the cluster") }
        return reading
    }

    /// Closes the connection; for good.
    package func close() {
        self.isClosed = true
        self.connection?.close()
        self.connection = nil
    }

    private func evaluate(
        _ question: StoreQuestion,
        _ connection: RedisConnection
    ) async throws(StoreFailure) -> RESPValue {
        let words =
            ["EVAL", RedisScript.text] + RedisScript.arguments(question, prefix: self.address.prefix, self.options)
        do throws(StoreFailure) {
            return try await connection.send(words, timeout: self.timeout)
        } catch {
            self.drop(connection)
            throw error
        }
    }

    private func drop(_ connection: RedisConnection) {
        connection.close()
        self.connection = nil
    }

    // MARK: - Connecting

    private func connected() async throws(StoreFailure) -> RedisConnection {
        if let connection = self.connection, connection.isActive { return connection }
        self.connection = nil
        if self.pause.isOn { throw .pausing }
        // Several questions wait for one connection.
        let task = self.connecting ?? Task { await self.connect() }
        self.connecting = task
        let result = await task.value
        self.connecting = nil
        switch result {
        case .success(let connection):
            self.pause.clear()
            guard !self.isClosed else {
                connection.close()
                throw .closed
            }
            self.connection = connection
            return connection
        case .failure(let failure):
            self.pause.begin()
            throw failure
        }
    }

    private func connect() async -> Result<RedisConnection, StoreFailure> {
        guard case .redis(let database, let sentinel) = self.address.engine else { return .failure(.closed) }
        var failure = StoreFailure.closed
        for host in self.address.hosts {
            do throws(StoreFailure) {
                let server = if let sentinel { try await self.primary(of: sentinel, by: host) } else { host }
                return .success(try await self.open(server, database: database))
            } catch {
                failure = error
            }
        }
        return .failure(failure)
    }

    private func open(_ host: StoreAddress.Host, database: Int) async throws(StoreFailure) -> RedisConnection {
        let connection = try await RedisConnection.open(host, timeout: self.timeout)
        do throws(StoreFailure) {
            try await self.greet(connection)
            if database != 0 { try await self.demand(["SELECT", "\(database)"], connection) }
            return connection
        } catch {
            connection.close()
            throw error
        }
    }

    /// RESP3 where the server has it; before Redis 6 there was no `HELLO`.
    private func greet(_ connection: RedisConnection) async throws(StoreFailure) {
        var hello = ["HELLO", "3"]
        if let password = self.address.password { hello += ["AUTH", self.address.user ?? "default", password] }
        let answer = try await connection.send(hello, timeout: self.timeout)
        guard case .error(let text) = answer else { return }
        guard text.hasPrefix("ERR") || text.hasPrefix("NOPROTO") || text.hasPrefix("NOPERM") else {
            throw .refused(text)
        }
        guard let password = self.address.password else { return }
        try await self.demand(["AUTH"] + (self.address.user.map { [$0] } ?? []) + [password], connection)
    }

    private func demand(_ words: [String], _ connection: RedisConnection) async throws(StoreFailure) {
        if case .error(let text) = try await connection.send(words, timeout: self.timeout) {
            throw .refused(String(text.prefix(200)))
        }
    }

    private func primary(of name: String, by host: StoreAddress.Host) async throws(StoreFailure) -> StoreAddress.Host {
        let sentinel = try await RedisConnection.open(host, timeout: self.timeout)
        defer { sentinel.close() }
        let answer = try await sentinel.send(["SENTINEL", "get-master-addr-by-name", name], timeout: self.timeout)
        switch answer {
        case .array(let parts):
            guard parts.count == 2, let address = parts[0].string, let port = parts[1].string.flatMap({ Int($0) })
            else {
                throw .notUnderstood("the answer of the sentinel")
            }
            return StoreAddress.Host(name: address, port: port)
        case .null: throw .refused("the sentinel knows no \(name.prefix(100))")
        case .error(let text): throw .refused(String(text.prefix(200)))
        default: throw .notUnderstood("the answer of the sentinel")
        }
    }
}
