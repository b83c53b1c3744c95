// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockProxy

/// Which requests a query of `/queue/requests` asks for (contract section 13).
struct RequestSearch: Sendable {
    /// How many requests may be listed.
    private static let limits = 1...10_000
    /// How many are listed if the query does not say.
    static let defaultLimit = 1_000

    private enum State: String, CaseIterable {
        case active, queued, ended
    }

    /// The model; nil for all, or if the name cannot be one.
    let model: ModelName?
    /// How many are listed.
    let limit: Int
    /// The name of the client; nil for all.
    let client: String?
    private var state: State?
    /// An ending, the code of an error, what a failure came from, or a class of status such as `5xx`.
    private let outcome: String?

    /// - Throws: 400 `invalid_request`, with what would be right.
    init(_ request: OwnRequest) throws(ErrorReply) {
        self.model = request.queryModel.flatMap { ModelName($0) }
        self.client = request.queryText("client")
        self.outcome = request.queryText("outcome") ?? request.queryText("cause")
        self.limit = try request.queryLimit(in: Self.limits) ?? Self.defaultLimit
        if let text = request.queryText("state") {
            guard let state = State(rawValue: text) else {
                let known = State.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidRequest("state must be one of \(known)")
            }
            self.state = state
        }
        if self.outcome != nil, self.state ?? .ended != .ended {
            throw .invalidRequest("outcome and cause are of requests that have ended: state must be ended")
        }
    }

    /// Whether requests are asked for that have ended, and not those that are active or wait.
    var isEnded: Bool { self.state == .ended || self.outcome != nil }

    /// Whether requests are asked for that wait.
    var hasWaiting: Bool { !self.isEnded && self.state != .active }

    /// Whether a live request of the model is asked for.
    func contains(_ request: RequestSnapshot) -> Bool {
        if let client = self.client, request.client != client { return false }
        return switch self.state {
        case .active: request.position == 0
        case .queued: request.position > 0
        case .ended, nil: true
        }
    }

    /// Whether a request that has ended is asked for.
    func contains(_ record: SharedRecord) -> Bool {
        if let model = self.model, record.record.model != model { return false }
        if let client = self.client, record.record.client.name != client { return false }
        guard let outcome = self.outcome else { return true }
        let record = record.record
        return record.outcome.rawValue == outcome || record.code == outcome || record.cause?.rawValue == outcome
            || record.status.map { "\($0 / 100)xx" } == outcome
    }
}
