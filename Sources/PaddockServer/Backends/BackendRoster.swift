// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
package import PaddockAdmission
internal import PaddockBase
package import PaddockConfiguration
internal import PaddockProxy

/// Adds, drains and removes backends of a running gateway: one change after the other.
package actor BackendRoster {
    /// How many backends a gateway may have had since its start.
    static let maxBackends = 256

    /// What became of a change.
    package enum Outcome: Equatable, Sendable {
        /// It is done; whether the backend answered its first probe, if there was one.
        case done(answers: Bool?)
        /// There is no such backend.
        case unknown
        /// It is the only one that gets requests, so it stays as it is.
        case last
        /// There have been too many.
        case tooMany
    }

    /// A wish.
    package enum Change: Sendable {
        /// It gets requests: a new one, or one that was drained or removed.
        case add(DeclaredBackend)
        /// It gets requests: a new one of which nothing is said, or one that was drained or removed, as it was declared last.
        case open(BackendURL)
        /// It gets no more requests.
        case drain(BackendURL)
        /// As drained, and forgotten when its last request has ended.
        case remove(BackendURL)

        /// The backend that is meant.
        var url: BackendURL {
            switch self {
            case .add(let backend): backend.url
            case .open(let url), .drain(let url), .remove(let url): url
            }
        }
    }

    private let admission: AdmissionController
    private let names: BackendNames
    /// What was declared last of each backend.
    private var declared: [BackendURL: DeclaredBackend] = [:]
    private var listener: ProxyListener?
    private var whenChanged: @Sendable () -> Void = {}
    /// The last of the changes, each of which waits for the one before it.
    private var last: Task<Outcome, Never>?

    /// - Parameters:
    ///   - admission: who starts requests on the backends.
    ///   - names: their URLs.
    package init(_ admission: AdmissionController, _ names: BackendNames) {
        self.admission = admission
        self.names = names
    }

    /// Changes the backends of a listener from now on.
    ///
    /// - Parameters:
    ///   - listener: the listener.
    ///   - declared: its backends.
    ///   - changed: called after each change.
    func start(
        _ listener: ProxyListener,
        _ declared: [DeclaredBackend],
        changed: @escaping @Sendable () -> Void
    ) {
        self.listener = listener
        for backend in declared { self.declared[backend.url] = backend }
        self.whenChanged = changed
    }

    /// Carries out a change, after those that were asked for before it.
    package func perform(_ change: Change) async -> Outcome {
        let previous = self.last
        let task = Task {
            _ = await previous?.value
            let outcome = await self.carryOut(change)
            self.whenChanged()
            return outcome
        }
        self.last = task
        return await task.value
    }

    /// Has backends unload a model.
    ///
    /// - Parameters:
    ///   - model: the model.
    ///   - url: which backend; nil for all that have it loaded.
    /// - Returns: those that had it loaded, and whether they have answered that they unload it.
    /// - Throws: 404 if there is no such backend.
    func unload(_ model: ModelName, on url: BackendURL?) async throws(ErrorReply) -> [(url: BackendURL, isDone: Bool)] {
        if let url, self.listed(url) == nil { throw .unknownBackend(url) }
        let snapshot = self.admission.snapshot(now: .now())
        let urls = self.names.all
        let holders = snapshot.backends.indices.prefix(urls.count).filter { index in
            snapshot.backends[index].isListed && (url == nil || urls[index] == url)
                && snapshot.fleet.backends[index].residents.contains { $0.name == model }
        }
        guard let listener = self.listener else { return [] }
        return await withTaskGroup(of: (Int, Bool).self) { group in
            for index in holders {
                group.addTask {
                    (index, await listener.unload(model, on: BackendIndex(index), within: .seconds(5)))
                }
            }
            var answers: [Int: Bool] = [:]
            for await (index, isDone) in group {
                answers[index] = isDone
                if isDone { self.admission.unloadedForClient(model, on: BackendIndex(index), now: .now()) }
            }
            return holders.map { (urls[$0], answers[$0] ?? false) }
        }
    }

    /// Carries out what differs between two configurations; what was changed otherwise stays.
    func apply(_ new: [DeclaredBackend], since old: [DeclaredBackend]) async {
        for backend in new where !old.contains(backend) {
            _ = await self.perform(.add(backend))
        }
        for backend in old where !new.contains(where: { $0.url == backend.url }) {
            _ = await self.perform(.remove(backend.url))
        }
    }

    private func carryOut(_ change: Change) async -> Outcome {
        switch change {
        case .add(let backend): return await self.add(backend)
        case .open(let url): return await self.add(self.declared[url] ?? DeclaredBackend(url))
        case .drain(let url):
            guard let index = self.listed(url) else { return .unknown }
            let isClosed = self.admission.closeBackend(index, isRemoved: false, now: .now())
            return isClosed ? .done(answers: nil) : .last
        case .remove(let url):
            guard let index = self.listed(url) else { return .unknown }
            guard self.admission.closeBackend(index, isRemoved: true, now: .now()) else { return .last }
            await self.listener?.retire(index)
            return .done(answers: nil)
        }
    }

    private func add(_ backend: DeclaredBackend) async -> Outcome {
        let traits = BackendTraits(backend)
        self.declared[backend.url] = backend
        let index: BackendIndex
        if let known = self.names.index(of: backend.url) {
            index = known
            self.admission.describeBackend(index, traits, now: .now())
        } else {
            guard self.names.all.count < Self.maxBackends else { return .tooMany }
            index = self.admission.addBackend(traits, now: .now())
            self.names.append(backend.url)
        }
        let answers = await self.listener?.place(Backend(backend), at: index)
        self.admission.openBackend(index, now: .now())
        return .done(answers: answers)
    }

    /// The index of a backend that is shown.
    private func listed(_ url: BackendURL) -> BackendIndex? {
        guard let index = self.names.index(of: url) else { return nil }
        let standing = self.admission.summary(now: .now()).backends[index.value].standing
        return standing == .open || standing == .draining ? index : nil
    }
}

extension Backend {
    /// A backend as it was declared.
    init(_ declared: DeclaredBackend) {
        self.init(
            host: declared.url.host,
            port: declared.url.port,
            apiKey: declared.apiKey?.secret,
            healthCheck: HealthCheck(path: declared.healthPath, interval: declared.healthInterval)
        )
    }
}

extension BackendTraits {
    /// What is said of a backend that was declared.
    init(_ declared: DeclaredBackend) {
        self.init()
        self.slots = declared.slots
        self.memory = MemoryFit(memory: declared.memory.map { Int64($0) }, maxLoaded: declared.maxLoaded)
        self.weight = declared.weight
    }
}
