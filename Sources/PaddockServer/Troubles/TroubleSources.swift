// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockBatch
internal import PaddockCluster
internal import PaddockProxy

/// Where a ``TroubleReading`` is taken.
struct TroubleSources: Sendable {
    let admission: AdmissionController
    let backends: BackendNames
    let memory: MemorySource
    let events: EventLog
    let usage: UsageRecorder?
    let history: RequestHistory
    let clients: ClientBoard
    let orders: ClientOrders
    let connections: ConnectionBoard
    let batches: BatchRunner?
    let log: ServerLog
    let cluster: ClusterService?

    /// How the gateway is now.
    ///
    /// - Parameter isSuspicious: whether models that no backend has are named lately; then the last name is looked up.
    func read(isSuspicious: Bool) -> TroubleReading {
        let snapshot = self.admission.snapshot(now: .now())
        var reading = TroubleReading()
        reading.unknown = TroubleCounts(snapshot.unknown)
        for model in snapshot.models {
            guard model.isKnown else {
                reading.unknown = reading.unknown + TroubleCounts(model.lifetime)
                continue
            }
            reading.models.append(Self.model(model))
        }
        // A backend that joins has its URL right after its index.
        let urls = self.backends.texts
        for index in snapshot.backends.indices.prefix(urls.count) where snapshot.backends[index].standing == .open {
            reading.backends.append(Self.backend(index, url: urls[index], snapshot))
        }
        reading.batches = (self.batches?.running ?? []).map { batch in
            TroubleReading.Batch(
                id: batch.id,
                owner: batch.owner,
                total: batch.counts.total,
                ended: batch.counts.completed + batch.counts.failed,
                secondsLeft: batch.secondsLeft
            )
        }
        let process = ProcessReading.system()
        (reading.openFiles, reading.maxFiles) = (process.openFiles, process.maxFiles)
        reading.memory = self.memory().map { ($0.availableBytes, $0.totalBytes) }
        reading.storeTrouble = self.usage?.status.trouble
        reading.lostLines = self.log.lostLines
        let last = self.events.entries.last { [.started, .reloaded, .reloadFailed].contains($0.event.kind) }
        if let event = last?.event, event.kind == .reloadFailed { reading.reloadFailure = event.reason ?? "" }
        reading.cluster = self.cluster?.reading.map(Self.cluster)
        if isSuspicious {
            let last = self.history.newest(of: 1_000) { $0.isQueued && $0.status == 404 && $0.code == nil }
            reading.unknownName = last?.model?.description
        }
        return reading
    }

    private static func cluster(_ cluster: ClusterReading) -> TroubleReading.Cluster {
        let linked = Set(cluster.linked.map(\.id))
        return TroubleReading.Cluster(
            hasCoordinator: cluster.leader != nil,
            isServing: cluster.isServing,
            unlinked: cluster.members.filter { $0.id != cluster.me.id && !linked.contains($0.id) }.map(\.name),
            differing: cluster.role == .coordinator ? cluster.differingMembers : [],
            store: cluster.storeTrouble.map { (cluster.storeAddress, $0) }
        )
    }

    private static func model(_ model: ModelSnapshot) -> TroubleReading.Model {
        var reading = TroubleReading.Model(
            name: model.name.description,
            queued: model.queued,
            queueLimit: model.limits.queue,
            firstBytes: model.lifetime.firstByte,
            counts: TroubleCounts(model.lifetime)
        )
        guard model.active > 0 || model.queued > 0 else { return reading }
        let recent = model.recent
        // Batch requests wait for gaps, as they should.
        if model.queued == 0 || model.queuedBatch < model.queued { reading.wait = recent.wait(90) }
        reading.firstByte = recent.firstByte(90)
        return reading
    }

    /// What clients did in some time.
    ///
    /// - Parameters:
    ///   - before: how many requests of each were refused or rejected at the last reading; is brought up to date.
    ///   - seconds: the time since then.
    func readClients(since before: inout [String: Int], seconds: Int) -> [TroubleReading.Client] {
        let last = before
        // Names that are not known any more are forgotten here, too: anybody can invent more of them.
        before = [:]
        return self.clients.reading().entries.compactMap { entry in
            let counts = entry.tally.counts
            let refused = counts.refused + counts.rejected + counts.wouldTimeOut
            let new = refused - (last[entry.name] ?? (last.isEmpty ? refused : 0))
            before[entry.name] = refused
            guard entry.waiting > 0 || new > 0 else { return nil }
            return TroubleReading.Client(
                name: entry.name,
                waiting: entry.waiting,
                refusedPerSecond: max(0, new) / max(1, seconds),
                share: entry.share
            )
        }
    }

    private static func backend(_ index: Int, url: String, _ snapshot: AdmissionSnapshot) -> TroubleReading.Backend {
        let fleet = snapshot.fleet.backends[index]
        var backend = TroubleReading.Backend(url: url, isHealthy: snapshot.backends[index].isHealthy)
        backend.trouble = snapshot.summary.trouble(of: index)
        backend.stuckModel = fleet.stuckModel?.description
        backend.overLimits = fleet.residents.compactMap { resident in
            // Nobody misses what nobody asks for.
            guard let limit = resident.limit, let served = resident.learnedLimit, served < limit,
                resident.active >= served
            else { return nil }
            return TroubleReading.OverLimit(model: resident.name.description, limit: limit, served: served)
        }
        let time = fleet.time
        backend.work.loading = time[.loading].milliseconds
        backend.work.busy = (time[.loading] + time[.serving] + time[.draining]).milliseconds
        backend.work.swaps = fleet.loads.swaps
        return backend
    }
}

extension TroubleCounts {
    /// The counts of a reading.
    fileprivate init(_ totals: Totals) {
        let replies = totals.replies.sum
        self.init(
            requests: totals.requests,
            replies: replies.total,
            errors: replies[.serverError],
            refusals: replies[.clientError],
            completed: totals.completed,
            rejected: totals.rejected + totals.wouldTimeOut,
            failed: totals.failed,
            timedOut: totals.timedOut
        )
    }
}
