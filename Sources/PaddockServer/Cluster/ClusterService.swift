// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Logging
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockCluster
internal import PaddockClusterAdmission
internal import PaddockClusterNode
internal import PaddockClusterStore
internal import PaddockConfiguration
internal import PaddockProxy
internal import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// This gateway as a member of a cluster (contract, section 27).
package final class ClusterService: Sendable {
    /// How often what there is to know is read again.
    private static let readingPause = Duration.milliseconds(250)
    /// How many of these lie between two messages about quotas.
    private static let readingsPerQuota = 20
    /// How many lie between two messages about what waits.
    private static let readingsPerWaits = 4
    /// How long the name of a member that is gone is remembered.
    private static let memoryOfNames = Nanoseconds(.seconds(86_400))

    private struct State {
        var node: ClusterNode?
        var reading: ClusterReading?
        var watching: [Task<Void, Never>] = []
        /// What the next process has to know.
        var memory: ClusterMachine.Memory?
        /// What the configurations of members say else, as far as this one has looked.
        var differing: [MemberID: [String]] = [:]
        /// When members were last known, by their names.
        var names: [String: Instant] = [:]
    }

    /// The requests of this member.
    let admission: ClusterAdmission
    /// Where the cluster is, and who this member is.
    let settings: ClusterSettings
    private let state = Mutex(State())

    /// - Parameters:
    ///   - settings: where the cluster is, and who this member is.
    ///   - backends: the backends.
    ///   - makeTimer: makes a timer for a queue.
    init(
        _ settings: ClusterSettings,
        _ backends: BackendNames,
        makeTimer: @escaping @Sendable () -> ClusterAdmission.Timer
    ) {
        self.settings = settings
        self.admission = ClusterAdmission(backends: backends, lease: Nanoseconds(settings.lease), makeTimer: makeTimer)
    }

    /// Begins to be a member.
    ///
    /// - Parameters:
    ///   - log: gets what happens.
    ///   - members: answers what other members ask.
    ///   - store: what stays over restarts; nil if nothing does.
    /// - Throws: `ConfigurationError` if the secret cannot be read; ``LinkAddressError`` if the link's address cannot be listened on;
    ///   `StoreError` if the store cannot be read.
    func start(_ log: ClusterLog, _ members: ClusterMembers, keepingIn store: Store?) async throws {
        var options = ClusterOptions()
        options.lease = Nanoseconds(self.settings.lease)
        options.grace = Nanoseconds(self.settings.grace)
        options.forget = max(options.forget, options.grace * 4)
        options.worksAlone = self.settings.whenAlone == .share
        let identity = ClusterNode.Identity(
            name: self.settings.name,
            listen: self.settings.listen,
            advertised: self.settings.advertise?.description,
            cluster: self.settings.store.prefix,
            secret: try self.settings.readSecret()
        )
        let memory = try store.map { (store) throws(StoreError) in
            let maxAge = Int(options.forget.milliseconds / 1_000)
            return try ClusterMemory(store, address: self.settings.store.description, maxAge: maxAge)
        }
        let directory: any ClusterStore =
            switch self.settings.store.engine {
            case .redis: RedisStore(self.settings.store, options: options)
            case .etcd: EtcdStore(self.settings.store, options: options)
            }
        self.admission.answer { await members.answer($0, from: $1) }
        let node: ClusterNode
        do {
            node = try await ClusterNode.start(
                identity,
                options,
                memory: memory?.recalled(now: WallClock.secondsSince1970()) ?? ClusterMachine.Memory(),
                store: directory,
                delegate: self.admission
            ) { note in
                log.note(note)
                if case .action(.registered(let member, _)) = note { members.joined(member) }
            }
        } catch {
            throw LinkAddressError(address: self.settings.listen.description, reason: error)
        }
        let watching = Task { [weak self] in
            var count = 0
            while !Task.isCancelled {
                guard let reading = try? await node.reading() else { return }
                self?.note(reading)
                count += 1
                if count % Self.readingsPerQuota == 0 { await members.tellQuotas() }
                if count % Self.readingsPerWaits == 0 { Task { await members.tellWaits() } }
                try? await Task.sleep(for: Self.readingPause)
            }
        }
        // On its own: nobody waits for a disk that hangs.
        let keeping = memory.map { memory in
            Task { [weak self] in
                var memory = memory
                while !Task.isCancelled {
                    if let known = self?.state.withLock({ $0.memory }) {
                        // A disk that is full is a trouble of usage already; here it only means another try.
                        try? memory.keep(known, now: WallClock.secondsSince1970())
                    }
                    try? await Task.sleep(for: Self.readingPause)
                }
            }
        }
        self.state.withLock { ($0.node, $0.watching) = (node, [watching] + (keeping.map { [$0] } ?? [])) }
    }

    private func note(_ reading: ClusterNode.Reading) {
        self.state.withLock { state in
            let known = Set(reading.members.map(\.id))
            state.differing = state.differing.filter { known.contains($0.key) }
            state.memory = reading.memory
            let now = Instant.now()
            for member in reading.members { state.names[member.name] = now }
            if state.names.count > reading.members.count {
                state.names = state.names.filter { now - $0.value < Self.memoryOfNames }
            }
            state.reading = ClusterReading(reading, self.settings, self.admission, differing: state.differing)
        }
    }

    /// Notes what the configuration of a member says else.
    ///
    /// - Returns: whether that is news.
    func note(_ differing: [String], of member: MemberID) -> Bool {
        self.state.withLock { $0.differing.updateValue(differing, forKey: member) != differing }
    }

    /// What there is to know; nil right after the start. At most some 250 ms old.
    var reading: ClusterReading? { self.state.withLock { $0.reading } }

    /// A reading of this member's requests; at the coordinator with what is free and what is loaded in the whole cluster.
    func placed(_ own: AdmissionSnapshot) -> AdmissionSnapshot {
        self.admission.queueForAll.map { own.placed(as: $0.snapshot(now: .now())) } ?? own
    }

    /// The names of the other members, those of the last day that are gone included.
    var namesOfOthers: [String] { self.state.withLock { Array($0.names.keys) } }

    /// The node, once it runs.
    var node: ClusterNode? { self.state.withLock { $0.node } }

    /// Others coordinate from now on; requests go on.
    func stop() { self.node?.stop() }

    /// Leaves the cluster, when no request is active any more.
    func leave() async {
        let (node, watching) = self.state.withLock { state in
            defer { state.node = nil }
            return (state.node, state.watching)
        }
        for task in watching { task.cancel() }
        await node?.leave()
    }
}
