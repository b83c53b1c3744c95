// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
package import PaddockProxy

/// What became of one request of a queued route (contract section 13).
package struct RequestStory: Sendable {
    let id: String
    let model: ModelName
    let client: String
    let requestClass: RequestClass
    let outcome: ExchangeRecord.Outcome
    let code: String?
    let status: Int?
    let arrived: Instant
    let place: Int?
    let waited: Duration
    let estimatedWait: Duration?
    let backend: Int?
    let rule: StartRule?
    let firstByte: Duration?
    let processing: Duration?
    let bytes: Int
    let chunks: Int

    /// The story of a request that came before the admission; nil for any other.
    package init?(_ record: ExchangeRecord) {
        guard record.isArrival, let model = record.model, let arrived = record.arrived, let waited = record.waited
        else {
            return nil
        }
        self.id = record.id
        self.model = model
        self.client = record.client.name
        self.requestClass = record.requestClass
        self.outcome = record.outcome
        self.code = record.code
        self.status = record.status
        self.arrived = arrived
        self.place = record.place
        self.waited = waited
        self.estimatedWait = record.estimatedWait
        self.backend = record.started == nil ? nil : record.backend
        self.rule = record.rule
        self.firstByte = record.firstByteTime
        self.processing = record.processingTime
        self.bytes = record.bytesOut
        self.chunks = record.isStream ? record.chunks : 0
    }
}
