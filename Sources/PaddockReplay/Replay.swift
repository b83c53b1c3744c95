// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import HeapModule
internal import PaddockAdmission
internal import PaddockBase

/// Plays a trace, as it was or through another gateway.
package enum Replay {
    /// Whether its times add up to more than can be counted, which is about a hundred years.
    ///
    /// - Parameter trace: The requests; not to be replayed then.
    package static func isTooLong(_ trace: ReplayTrace) -> Bool {
        guard let first = trace.requests.first, let last = trace.requests.last else { return false }
        let source = ReplaySource(trace, ReplaySetting(AdmissionOptions(limits: Limits(parallel: 1, queue: 0))))
        let span = Double(last.arrived) - Double(first.arrived)
        // At worst each waits for all others.
        return trace.requests.reduce(span) { $0 + Double(source.virtualRequest($1).processing) } > 3e18
    }

    /// What was recorded, added up in the same way as a replay.
    ///
    /// - Parameters:
    ///   - trace: The requests.
    ///   - busiest: The clients to list.
    package static func recorded(_ trace: ReplayTrace, busiest: [Int]) -> ReplaySummary {
        var tally = ReplayTally(
            trace,
            classes: trace.requests.map(\.requestClass),
            weights: trace.clients.map(\.weight)
        )
        var pending = Heap<RecordedEvent>()
        func take(_ event: RecordedEvent) {
            if event.isStart { tally.started(event.index, now: event.instant) }
            if event.isEnd { tally.ended(event.index, trace.requests[event.index].outcome, now: event.instant) }
        }
        for (index, request) in trace.requests.enumerated() {
            while let next = pending.min, next.instant <= request.arrived {
                pending.removeMin()
                take(next)
            }
            tally.arrived(index, now: request.arrived)
            let started = request.arrived.addingOrMax(request.wait)
            guard let processing = request.processing, processing > 0 else {
                let isStart = request.processing != nil
                pending.insert(RecordedEvent(instant: started, index: index, isStart: isStart, isEnd: true))
                continue
            }
            let ended = started.addingOrMax(processing)
            pending.insert(RecordedEvent(instant: started, index: index, isStart: true, isEnd: false))
            pending.insert(RecordedEvent(instant: ended, index: index, isStart: false, isEnd: true))
        }
        while let next = pending.popMin() { take(next) }
        for (index, request) in trace.requests.enumerated() {
            if let load = request.loadWait { tally.served(index, now: request.started.addingOrMax(load)) }
        }
        var summary = tally.summary(busiest: busiest, slots: nil)
        summary.loads = RecordedLoads(trace)?.count
        return summary
    }

    /// Sends the requests of a trace through a gateway in virtual time.
    ///
    /// Each arrives when it did, takes the time it took, and its client waits as long as it did. One that got no slot, or none
    /// for long enough, takes what requests of its model took at the median. If the trace says how long loads took, models are loaded
    /// where and when the gateway and its backends decide, and not where and when they were.
    ///
    /// - Parameters:
    ///   - trace: The requests.
    ///   - setting: The gateway.
    ///   - busiest: The clients to list.
    package static func run(_ trace: ReplayTrace, _ setting: ReplaySetting, busiest: [Int]) -> ReplaySummary {
        var setting = setting
        setting.loads = RecordedLoads(trace)
        let tally = self.tally(trace, setting)
        let loads = tally.loads
        var summary = tally.summary(busiest: busiest, slots: trace.models.map { setting.admission.slots(of: $0) })
        summary.loads = loads
        return summary
    }

    /// Sends the requests of a trace through a gateway, and tells what became of each.
    static func tally(_ trace: ReplayTrace, _ setting: ReplaySetting) -> ReplayTally {
        let source = ReplaySource(trace, setting)
        var tally = ReplayTally(
            trace,
            classes: trace.requests.map(source.requestClass),
            weights: source.clients.map(\.weight)
        )
        guard let first = trace.requests.first else { return tally }
        var gateway = VirtualGateway(setting, now: Instant(nanoseconds: first.arrived))
        gateway.install(trace.models)
        for (index, request) in trace.requests.enumerated() {
            let now = Instant(nanoseconds: request.arrived)
            while let next = gateway.nextInstant, next <= now {
                gateway.step()
                tally.take(gateway)
            }
            tally.arrived(index, now: request.arrived)
            gateway.arrive(source.virtualRequest(request), number: Int32(index), now: now)
            tally.take(gateway)
        }
        while gateway.nextInstant != nil {
            gateway.step()
            tally.take(gateway)
        }
        tally.loads = gateway.loads
        return tally
    }

    /// A start or an end that was recorded, or both if a request took no time.
    private struct RecordedEvent: Comparable {
        let instant: Int64
        let index: Int
        let isStart: Bool
        let isEnd: Bool

        /// At one instant ends are before starts.
        static func < (left: RecordedEvent, right: RecordedEvent) -> Bool {
            if left.instant != right.instant { return left.instant < right.instant }
            return left.isStart == right.isStart ? left.index < right.index : right.isStart
        }
    }
}

extension ReplayTally {
    /// Takes note of what has just happened in a gateway.
    fileprivate mutating func take(_ gateway: VirtualGateway) {
        for event in gateway.happened {
            switch event {
            case .queued: break
            case .started(let number): self.started(Int(number), now: gateway.now.nanoseconds)
            case .served(let number): self.served(Int(number), now: gateway.now.nanoseconds)
            case .ended(let number, let outcome): self.ended(Int(number), outcome, now: gateway.now.nanoseconds)
            }
        }
    }
}
