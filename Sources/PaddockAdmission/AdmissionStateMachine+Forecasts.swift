// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// Estimates of how long requests will wait and take (contract section 12).
extension AdmissionStateMachine {
    // MARK: - Estimates

    /// How many slots a model has on the usable backends.
    func slots(of model: ModelIndex) -> Int {
        self.fleet.slots.slots(limit: self.models[model].limits.parallel)
    }

    /// How long a waiter at a position will wait, about; `nil` where there is too little to go by.
    func estimatedWait(of model: ModelIndex, position: Int, now: Instant) -> Nanoseconds? {
        let active = self.fleet.slots.active(of: model)
        let held = Int64(active) &* now.nanoseconds &- self.models[model].startedSum
        return self.models[model].times.pace.estimatedWait(
            position: position,
            slots: self.slots(of: model),
            elapsed: active == 0 ? 0 : max(0, Double(held) / Double(active))
        ).map { .nanoseconds($0) }
    }

    /// When a newcomer that has to wait has its first byte at the earliest, from now, in nanoseconds; `nil` where there is too
    /// little to go by.
    func leastFirstByte(_ request: ArrivingRequest, of model: ModelIndex, position: Int) -> Int64? {
        guard
            let wait = self.models[model].times.pace.leastWait(position: position, slots: self.slots(of: model)),
            let firstByte = self.models[model].times.firstByte(isStream: request.expectsStream).quantile(10)
        else { return nil }
        return wait + firstByte
    }

    /// The time in nanoseconds from the slot to the first byte that a share of such requests is below.
    func firstByte(of request: RequestIndex, percent: Int) -> Int64? {
        let entry = self.requests.entries[request]
        return self.models[entry.model].times.firstByte(isStream: entry.expectsStream).quantile(percent)
    }

    /// The time in nanoseconds that a share of first bytes is below, if that is behind the deadline that the client stated.
    func hopelessFirstByte(of request: RequestIndex, percent: Int) -> Int64? {
        guard self.requests.entries[request].isDeadlineStated,
            let firstByte = self.firstByte(of: request, percent: percent),
            self.now + .nanoseconds(firstByte) > self.requests.entries[request].deadline
        else { return nil }
        return firstByte
    }

    // MARK: - Rejections

    func wouldTimeOut(_ model: ModelIndex, firstByte: Int64, deadline: Instant) -> Rejection {
        .wouldTimeOut(
            firstByte: .nanoseconds(firstByte),
            left: max(.zero, self.now.duration(to: deadline)),
            retryAfter: self.retryAfter(model)
        )
    }

    func rejection(_ model: ModelIndex) -> Rejection {
        let retryAfter = self.retryAfter(model)
        if self.isDraining { return .shuttingDown(retryAfter: retryAfter) }
        return .queueFull(waiting: self.fleet[model].waitingCount, retryAfter: retryAfter)
    }

    func retryAfter(_ model: ModelIndex) -> Int {
        RetryEstimate.seconds(
            queued: self.fleet[model].waitingCount,
            averageProcessing: self.models[model].averageProcessing,
            slots: self.slots(of: model)
        )
    }
}
