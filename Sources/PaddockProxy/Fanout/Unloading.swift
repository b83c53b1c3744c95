// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockBase

/// Unloads a model wherever it is loaded: asks the backends for their models, then sends the request to those that have it.
final class Unloading: PendingAnswer {
    /// The result.
    enum Outcome {
        /// This backend alone has the model: the request may be relayed to it.
        case oneHolder(BackendIndex)
        /// No backend has it.
        case noHolder
        /// The request was sent to all that have it; this is the client's answer.
        case done(OwnReply)
        /// None of those that have it answered.
        case failed(ErrorCause)
    }

    private typealias Answer = Result<CollectedReply.Reply, any Error>

    /// How long the backends may take to list their loaded models, and how long to unload.
    private static let timeout = TimeAmount.seconds(2)
    /// How long an answer may be, in bytes. One model is some 500.
    private static let maxBytes = 64 << 10

    private let model: ModelName
    private let request: ForwardedRequest
    private let loop: LoopContext
    private let asked: [BackendIndex]
    private var fetches: [Fetch] = []
    private var whenDone: ((Outcome) -> Void)?

    /// Asks the healthy backends, or all if none is.
    ///
    /// - Parameters:
    ///   - model: what is to be unloaded.
    ///   - request: the client's request, with its body.
    ///   - requestID: its id.
    ///   - loop: the event loop's context; the call must be on that loop.
    ///   - done: called once in a later turn of that loop, unless it is cancelled.
    init(
        _ model: ModelName,
        _ request: ForwardedRequest,
        requestID: String,
        on loop: LoopContext,
        _ done: @escaping (Outcome) -> Void
    ) {
        self.model = model
        self.request = request
        self.loop = loop
        self.asked = loop.gateway.admission.usableBackends
        self.whenDone = done
        self.fetches = self.asked.map { backend in
            Fetch(
                ForwardedRequest.Question(target: "/api/ps", requestID: requestID),
                to: backend,
                timeout: Self.timeout,
                within: CollectedReply.Budget(Self.maxBytes),
                on: loop
            )
        }
        EventLoopFuture.whenAllComplete(self.fetches.map(\.result), on: loop.eventLoop).assumeIsolated()
            .whenSuccess { self.tell($0) }
    }

    /// Unloading does not depend on whether the client has closed its side.
    let outlivesInput = true

    /// Ends it without a further call.
    func cancel() {
        self.whenDone = nil
        for fetch in Swift.exchange(&self.fetches, with: []) { fetch.cancel() }
    }

    /// The two routes on which Ollama unloads, as they are usually written: what a server makes of other spellings is not for
    /// sure.
    private static let routes: [StaticString] = ["POST /api/generate", "POST /api/chat"]

    /// Whether models are unloaded on a route.
    ///
    /// - Parameter line: the method and the path.
    static func isRoute(_ line: RequestLine) -> Bool {
        self.routes.contains { line.equals($0) }
    }

    private func finish(_ outcome: Outcome) { self.whenDone.take()?(outcome) }

    /// The backends have listed their models.
    private func tell(_ answers: [Answer]) {
        guard self.whenDone != nil else { return }
        let holders = zip(self.asked, answers).filter { self.mayHaveLoaded($0.1) }.map(\.0)
        if holders.isEmpty { return self.finish(.noHolder) }
        if holders.count == 1 { return self.finish(.oneHolder(holders[0])) }
        self.fetches = holders.map { backend in
            Fetch(
                self.request.copy(),
                to: backend,
                timeout: Self.timeout,
                within: CollectedReply.Budget(Self.maxBytes),
                on: self.loop
            )
        }
        EventLoopFuture.whenAllComplete(self.fetches.map(\.result), on: self.loop.eventLoop).assumeIsolated()
            .whenSuccess {
                self.note(holders, $0)
                self.finish(Self.outcome($0))
            }
    }

    /// What has been unloaded is not loaded any more.
    private func note(_ holders: [BackendIndex], _ answers: [Answer]) {
        for (backend, answer) in zip(holders, answers) where (try? answer.get())?.status == 200 {
            self.loop.gateway.admission.unloadedForClient(self.model, on: backend, now: .now())
        }
    }

    /// Whether a backend lists the model as loaded; one that answers with something other than a list may have it.
    private func mayHaveLoaded(_ answer: Answer) -> Bool {
        guard let reply = try? answer.get() else { return false }
        guard reply.status == 200, let list = ModelUnion.list(.running, Array(reply.body.readableBytesView)) else {
            return true
        }
        return list.entries.contains { $0.name.flatMap { ModelName($0) } == self.model }
    }

    /// The first answer that is a success, else the first answer.
    private static func outcome(_ answers: [Answer]) -> Outcome {
        let replies = answers.compactMap { try? $0.get() }
        if let reply = replies.first(where: { $0.status == 200 }) ?? replies.first {
            let type = reply.fields.first { $0.name.lowercased() == "content-type" }?.value
            return .done(
                OwnReply(
                    reply.status,
                    contentType: type ?? "application/json",
                    body: String(buffer: reply.body),
                    fields: ModelUnion.fields([reply.fields]).map { ($0.name, $0.value) }
                )
            )
        }
        let failures = answers.compactMap { answer -> ErrorCause? in
            if case .failure(let error as ErrorCause) = answer { return error }
            return nil
        }
        return .failed(failures.first ?? .backendBrokeOff)
    }
}
