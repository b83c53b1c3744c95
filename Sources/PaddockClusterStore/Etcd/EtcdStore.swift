// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTP1
internal import PaddockBase
internal import PaddockClient
package import PaddockCluster
internal import PaddockJSON

/// An etcd as the store of a cluster, by its JSON gateway.
///
/// Keys: `PREFIX/office` (who holds it, with a lease of etcd), `PREFIX/term` (the last term), `PREFIX/members/ID`. A question is a transaction
/// that reads, and if the office has to change a second one, which holds only if nobody else has changed it in between.
package actor EtcdStore: ClusterStore {
    private let address: StoreAddress
    private let options: ClusterOptions
    private let timeout: Duration
    private var connection: HTTPConnection<WholeReply>?
    private var server = 0
    private var token: String?
    /// Leases of etcd: of the member's entry, with when it was renewed last; and of the office.
    private var entryLease: (id: String, renewed: ContinuousClock.Instant)?
    private var officeLease: String?
    private var pause: RetryPause

    /// Makes a store that connects with the first question.
    ///
    /// - Parameters:
    ///   - address: where it is; its engine is etcd.
    ///   - options: the times of the cluster.
    package init(_ address: StoreAddress, options: ClusterOptions) {
        self.address = address
        self.options = options
        self.timeout = Duration(options.lease / 2)
        self.pause = RetryPause(atMost: Duration(options.lease))
    }

    private struct Office {
        let holder: MemberIdentity
        let term: Term
        let revision: Int64
    }

    /// Asks by one or two transactions, each of which holds only if nobody else has changed anything in between.
    package func ask(_ question: StoreQuestion) async throws(StoreFailure) -> StoreReading {
        let lease = try await self.leaseOfEntry()
        let keys = (office: "\(self.address.prefix)/office", term: "\(self.address.prefix)/term")
        let prefix = "\(self.address.prefix)/members/"
        let first = try await self.run(
            EtcdTransaction(
                steps: [
                    .put(
                        key: prefix + "\(question.member.id.number)",
                        value: MemberEntry.text(of: question.member),
                        lease: lease
                    ),
                    .read(key: keys.office), .read(key: keys.term), .readAll(prefix: prefix),
                ] + question.dead.map { .delete(key: prefix + "\($0.number)") }
            )
        )
        let answers = first["responses"]?.array ?? []
        guard answers.count >= 4 else { throw .notUnderstood("the answer to a transaction") }
        let entry = EtcdEntry.list(answers[1]).first
        var office = entry.flatMap(Self.office)
        if entry != nil, office == nil { throw Self.foreign(keys.office) }
        let known = EtcdEntry.list(answers[2]).first
        guard let last = UInt64(known?.value ?? "0").flatMap({ Term(told: $0) }) else { throw Self.foreign(keys.term) }
        let members = EtcdEntry.list(answers[3]).compactMap { entry -> MemberIdentity? in
            UInt64(entry.key.dropFirst(prefix.count)).flatMap { MemberEntry.member(MemberID($0), entry.value) }
        }.filter { !question.dead.contains($0.id) }
        let isMine = office?.holder.id == question.member.id
        let isFree = office.map { question.dead.contains($0.holder.id) } ?? true
        switch question.office {
        case .look: break
        case .resign:
            if isMine, let held = office {
                _ = try await self.run(
                    EtcdTransaction(
                        conditions: [.revision(key: keys.office, of: held.revision)],
                        steps: [.delete(key: keys.office)]
                    )
                )
                office = nil
            }
        case .take(let term):
            if isFree || isMine {
                guard let next = max(last, term).next else { throw Self.foreign(keys.term) }
                office = try await self.hold(next, question, office, known, keys)
            }
        case .renew(let term):
            if isMine, office?.term == term {
                if try await !self.renewOffice() { office = nil }
            } else if isFree, last <= term {
                office = try await self.hold(term, question, office, known, keys)
            }
        }
        if let held = office, question.dead.contains(held.holder.id) { office = nil }
        return StoreReading(holder: office.map { ($0.holder, $0.term) }, members: members)
    }

    /// Closes the connection.
    package func close() {
        self.connection?.close()
        self.connection = nil
    }

    private static func foreign(_ key: String) -> StoreFailure {
        .refused("\(key) holds something that is not of Paddock: give cluster.store another ?prefix=")
    }

    private static func office(_ entry: EtcdEntry) -> Office? {
        let words = entry.value.split(separator: " ", maxSplits: 2)
        guard words.count == 3, let id = UInt64(words[0]),
            let term = UInt64(words[1]).flatMap({ Term(told: $0) }),
            let holder = MemberEntry.member(MemberID(id), words[2])
        else { return nil }
        return Office(holder: holder, term: term, revision: entry.revision)
    }

    /// Takes the office, unless somebody else has done something about it since it was read.
    private func hold(
        _ term: Term,
        _ question: StoreQuestion,
        _ office: Office?,
        _ known: EtcdEntry?,
        _ keys: (office: String, term: String)
    ) async throws(StoreFailure) -> Office? {
        // Whole seconds, as etcd has them.
        let seconds = max(1, Int((self.options.lease.milliseconds / 1_000).rounded(.up)))
        let lease = try await self.grant(seconds)
        let member = question.member
        let answer = try await self.run(
            EtcdTransaction(
                conditions: [
                    .revision(key: keys.office, of: office?.revision ?? 0),
                    .revision(key: keys.term, of: known?.revision ?? 0),
                ],
                steps: [
                    .put(key: keys.term, value: "\(term.number)", lease: nil),
                    .put(
                        key: keys.office,
                        value: "\(member.id.number) \(term.number) \(MemberEntry.text(of: member))",
                        lease: lease
                    ),
                ]
            )
        )
        guard answer["succeeded"]?.bool == true else { return nil }
        self.officeLease = lease
        return Office(holder: member, term: term, revision: 0)
    }

    // MARK: - Leases of etcd

    private func leaseOfEntry() async throws(StoreFailure) -> String {
        let seconds = max(1, Int(self.options.forget.milliseconds / 1_000))
        if let lease = self.entryLease {
            if .now - lease.renewed < .seconds(seconds) / 4 { return lease.id }
            if try await self.renew(lease.id) {
                self.entryLease?.renewed = .now
                return lease.id
            }
        }
        let id = try await self.grant(seconds)
        self.entryLease = (id, .now)
        return id
    }

    private func grant(_ seconds: Int) async throws(StoreFailure) -> String {
        let answer = try await self.post("/v3/lease/grant", #"{"TTL":"\#(seconds)"}"#)
        guard let id = answer["ID"]?.string else { throw .notUnderstood("the answer to a lease") }
        return id
    }

    private func renew(_ lease: String) async throws(StoreFailure) -> Bool {
        let answer = try await self.post("/v3/lease/keepalive", #"{"ID":\#(lease)}"#)
        return (answer["result"]?["TTL"]?.string.flatMap { Int($0) } ?? 0) > 0
    }

    private func renewOffice() async throws(StoreFailure) -> Bool {
        guard let lease = self.officeLease else { return false }
        return try await self.renew(lease)
    }

    // MARK: - Requests

    private func run(_ transaction: EtcdTransaction) async throws(StoreFailure) -> JSONValue {
        try await self.post("/v3/kv/txn", transaction.json)
    }

    private func post(_ path: String, _ body: JSONText) async throws(StoreFailure) -> JSONValue {
        if self.pause.isOn { throw .pausing }
        do throws(StoreFailure) {
            if self.address.password != nil, self.token == nil { self.token = try await self.authenticate() }
            let answer = try await self.exchange(path, body)
            self.pause.clear()
            return answer
        } catch {
            switch error {
            case .refused(let text):
                // A lease that etcd has lost, or a token that has run out: the next question gets a new one.
                if text.contains("lease not found") { self.entryLease = nil }
                self.token = nil
            default:
                self.close()
                self.server = (self.server + 1) % self.address.hosts.count
                // Another one of several is tried at once.
                if self.server == 0 { self.pause.begin() }
            }
            throw error
        }
    }

    private func authenticate() async throws(StoreFailure) -> String {
        let answer = try await self.exchange(
            "/v3/auth/authenticate",
            .object { json in
                json.member("name", self.address.user ?? "root")
                json.member("password", self.address.password)
            }
        )
        guard let token = answer["token"]?.string else { throw .notUnderstood("the answer to a password") }
        return token
    }

    private func exchange(_ path: String, _ body: JSONText) async throws(StoreFailure) -> JSONValue {
        let connection = try await self.connected()
        let request = HTTPRequest(
            method: .POST,
            target: path,
            fields: self.token.map { [("Authorization", $0)] } ?? [],
            body: ByteBuffer(bytes: body.bytes)
        )
        let answer = await connection.send(request, reader: WholeReply(), timeout: self.timeout)
        switch answer.failure {
        case nil: break
        case .timedOut: throw .timedOut
        case .unreachable(let reason): throw .unreachable(reason)
        case .notHTTP, .tooLarge: throw .notUnderstood("an answer that is no HTTP of etcd")
        default: throw .closed
        }
        guard let value = try? JSONValue(parsing: Array(answer.reader.body.readableBytesView)) else {
            throw .notUnderstood("an answer with status \(answer.reader.status) that is no JSON")
        }
        guard answer.reader.status == 200 else {
            let text = value["message"]?.string ?? value["error"]?.string ?? "status \(answer.reader.status)"
            throw .refused(String(text.prefix(200)))
        }
        return value
    }

    private func connected() async throws(StoreFailure) -> HTTPConnection<WholeReply> {
        if let connection = self.connection, connection.isActive { return connection }
        let host = self.address.hosts[self.server]
        do throws(HTTPFailure) {
            let connection = try await HTTPConnection<WholeReply>.open(
                to: ServerURL(host: host.name, port: host.port),
                timeout: self.timeout
            )
            self.connection = connection
            return connection
        } catch {
            if case .unreachable(let reason) = error { throw .unreachable(reason) }
            throw .closed
        }
    }
}
