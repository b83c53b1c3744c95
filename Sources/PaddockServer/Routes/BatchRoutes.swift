// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore

/// `/v1/batches` and `/admin/batches` (contract section 23).
struct BatchRoutes: Sendable {
    private static let maxListed = 100
    private static let usuallyListed = 20
    static let cancelSuffix = "/cancel"

    private let services: GatewayServices
    private var batches: BatchRunner? { self.services.batches }

    init(_ services: GatewayServices) { self.services = services }

    // MARK: - Of clients

    /// Lists the client's jobs, or makes one.
    func all(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let owner = try Self.owner(request)
        guard request.method == "POST" else { return try self.list(request, of: owner) }
        let creation = try BatchCreation(json: request.body)
        return try self.later(request) { batches throws(ErrorReply) in
            try batches.make(creation, of: owner).json(showsOwner: false)
        }
    }

    /// Shows one of the client's jobs, or cancels it.
    func one(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let owner = try Self.owner(request)
        let id = request.rest
        guard request.method == "POST" else {
            return try self.later(request) { batches throws(ErrorReply) in
                try batches.batch(id, of: owner).json(showsOwner: false)
            }
        }
        guard id.hasSuffix(Self.cancelSuffix) else { return .now(.notFound(request.path)) }
        return try self.later(request) { batches throws(ErrorReply) in
            try batches.cancel(String(id.dropLast(Self.cancelSuffix.count)), of: owner).json(showsOwner: false)
        }
    }

    private static func owner(_ request: OwnRequest) throws(ErrorReply) -> String {
        guard let owner = request.owner else { throw ErrorReply(.keyMissing) }
        return owner.name
    }

    // MARK: - Of operators

    /// Lists the jobs of all clients.
    func allOfAll(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer { try self.list(request, of: nil) }

    /// Shows any job.
    func oneOfAll(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        try self.later(request) { batches throws(ErrorReply) in
            try batches.batch(request.rest, of: nil).json(showsOwner: true)
        }
    }

    /// Cancels any job.
    func cancelOfAll(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let id = try Self.cancelled(request)
        return try self.later(request) { batches throws(ErrorReply) in
            let batch = try batches.cancel(id, of: nil)
            self.services.note(.batchCancelled, id, by: request)
            return batch.json(showsOwner: true)
        }
    }

    /// The job that an operator wants cancelled.
    static func cancelled(_ request: OwnRequest) throws(ErrorReply) -> String {
        guard let id = (try? JSONValue(parsing: request.body))?["id"]?.string else {
            throw .invalidRequest("the body must be a JSON object such as {\"id\":\"batch_…\"}")
        }
        return id
    }

    // MARK: - For other members

    /// A part of the list of a client's jobs, or of all clients'.
    func page(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        guard let wanted = ListQuestion(request.body) else { throw .invalidRequest("this asks for no list") }
        let owner = wanted.isOfAll ? nil : try Self.owner(request)
        return try self.later(request) { batches throws(ErrorReply) in
            let found = try batches.list(of: owner, from: wanted.start, limit: wanted.limit + 1)
            return wanted.answer(found.map { $0.json(showsOwner: owner == nil) })
        }
    }

    // MARK: - Both

    /// What is wanted listed.
    static func wanted(_ request: OwnRequest) throws(ErrorReply) -> ListQuestion {
        let limit = try request.queryLimit(in: 1...Self.maxListed)
        return ListQuestion(
            from: request.queryText("after").map { .behind($0) } ?? .beginning,
            limit: limit ?? Self.usuallyListed
        )
    }

    private func list(_ request: OwnRequest, of owner: String?) throws(ErrorReply) -> OwnAnswer {
        let wanted = try Self.wanted(request)
        return try self.later(request) { batches throws(ErrorReply) in
            let found = try batches.list(of: owner, from: wanted.start, limit: wanted.limit + 1)
            let shown = found.prefix(wanted.limit)
            return .list(
                shown.map { $0.json(showsOwner: owner == nil) },
                from: shown.first?.batch.id,
                to: shown.last?.batch.id,
                hasMore: found.count > wanted.limit
            )
        }
    }

    /// Answers from the queue on which jobs are made and read.
    private func later(
        _ request: OwnRequest,
        _ answer: @escaping @Sendable (BatchRunner) throws(ErrorReply) -> JSONText
    ) throws(ErrorReply) -> OwnAnswer {
        guard let batches = self.batches else { throw .noFiles }
        return .later { responder in
            batches.clerk.async {
                do throws(ErrorReply) {
                    responder.reply(OwnReply(json: try answer(batches)))
                } catch {
                    responder.reply(OwnReply(error, request.dialect))
                }
            }
        }
    }
}
