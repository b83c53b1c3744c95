// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
internal import PaddockProxy

/// Requests as JSON (contract section 13).
struct RequestRendering: Sendable {
    /// The URLs of the backends.
    let backends: BackendNames

    private func url(_ backend: BackendIndex?) -> String? {
        backend.map { self.backends[$0] }
    }

    /// A live one.
    ///
    /// - Parameters:
    ///   - reading: the request.
    ///   - hasAddress: whether it is told where it came from.
    func json(_ reading: RequestSnapshot, hasAddress: Bool = true) -> JSONText {
        .object { json in
            json.member("id", reading.id)
            json.member("model", reading.model.description)
            json.member("client", reading.client)
            json.member("class", reading.requestClass.name)
            json.member("state", reading.position == 0 ? "active" : "queued")
            json.member("position", reading.position)
            json.milliseconds("waited_ms", reading.waited)
            json.milliseconds("estimated_start_ms", reading.estimatedStart)
            json.member("backend", self.url(reading.backend))
            json.milliseconds("processing_ms", reading.processing)
            json.milliseconds("estimated_start_ms_max", reading.latestStart)
            json.milliseconds("deadline_ms", reading.deadline, decimals: 0)
            json.member("tokens", reading.progress?.lastChunk == nil ? nil : reading.progress?.chunks)
            json.milliseconds("last_token_ms", reading.sinceLastChunk, decimals: 0)
            json.member("stalled", reading.stall?.rawValue)
            json.milliseconds("stalled_ms", reading.stalled, decimals: 0)
            if hasAddress { json.member("address", reading.progress?.address) }
            json.write(reading.waitsFor)
            if reading.waitsFor != nil, reading.isPlaceOwn { json.member("position_in", "member") }
        }
    }

    /// One that has ended.
    func json(_ shared: SharedRecord) -> JSONText {
        let record = shared.record
        return .object { json in
            json.member("id", record.id)
            json.member("model", record.model?.description)
            json.member("client", record.client.name)
            json.member("class", record.requestClass.name)
            json.member("state", "ended")
            json.member("outcome", record.outcome.rawValue)
            json.member("code", record.code)
            json.member("status", record.status)
            json.member("arrived", record.arrived?.timeOfDay.iso8601)
            json.member("queued_behind", record.position.map { max(0, $0 - 1) })
            json.milliseconds("waited_ms", record.waited)
            json.milliseconds("estimated_wait_ms", record.estimatedWait)
            json.member("backend", self.url(record.started == nil ? nil : record.backend))
            json.member("chosen_by", record.rule?.name)
            json.milliseconds("first_byte_ms", record.firstByteTime)
            json.milliseconds("load_ms", record.loadTime)
            json.milliseconds("processing_ms", record.processingTime)
            json.member("bytes", record.bytesOut)
            json.member("chunks", record.isStream ? record.chunks : 0)
            json.member("tokens_in", record.tokens.map { Int($0.prompt) })
            json.member("tokens_out", record.tokens.map { Int($0.answer) })
            json.member("tokens_estimated", record.tokens?.isEstimate)
            json.member("cause", record.cause?.rawValue)
            json.milliseconds("deadline_ms", record.timeout)
        }
    }
}

extension JSONWriter {
    /// Writes what a request waits for, and behind whom; null for nil.
    mutating func write(_ reason: WaitReason?) {
        self.member("waiting_for", reason?.kind.rawValue)
        guard let behind = reason?.behind else { return self.member("behind", String?.none) }
        self.object("behind") { json in
            json.member("model", behind.model.description)
            json.member("clients", behind.clients)
            json.milliseconds("until_ms", behind.until, decimals: 0)
        }
    }
}
