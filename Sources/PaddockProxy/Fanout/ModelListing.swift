// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOPosix
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockHTTP

/// A list that several backends answer together: it asks them at once, waits for a limited time, and joins the answers.
final class ModelListing: PendingAnswer {
    /// How long a backend may take for its part.
    static let timeout = TimeAmount.seconds(2)
    /// How much all parts may be together, in bytes.
    static let maxBytes = 16 << 20
    /// The field that names the backends that are not in a list.
    static let missingField = "X-Backends-Missing"

    private typealias Answer = Result<CollectedReply.Reply, any Error>

    /// The results of the backends that were asked, in their order.
    private struct Joined: Sendable {
        /// The list; nil if none of the answers is one.
        var list: String?
        var fields: [HeaderField] = []
        /// Why an answer is not in it; nil for one that is.
        var reasons: [String?] = []
        /// The first answer that is an error of a backend.
        var refusal: CollectedReply.Reply?
    }

    private let union: Route.Union
    private let dialect: Dialect
    private let backends: BackendConnections
    private let asked: [BackendIndex]
    private var fetches: [Fetch]
    private var whenDone: ((OwnReply) -> Void)?

    /// Asks the healthy backends, or all if none is healthy.
    ///
    /// - Parameters:
    ///   - union: which list.
    ///   - question: what to ask each of them.
    ///   - dialect: the dialect of errors.
    ///   - loop: the event loop's context; the call must be on that loop.
    ///   - done: called once in a later turn of that loop, unless it is cancelled.
    init(
        _ union: Route.Union,
        _ question: ForwardedRequest.Question,
        _ dialect: Dialect,
        on loop: LoopContext,
        _ done: @escaping (OwnReply) -> Void
    ) {
        let asked = loop.gateway.admission.usableBackends
        let budget = CollectedReply.Budget(Self.maxBytes)
        self.union = union
        self.dialect = dialect
        self.backends = loop.backends
        self.asked = asked
        self.whenDone = done
        self.fetches = asked.map { Fetch(question, to: $0, timeout: Self.timeout, within: budget, on: loop) }
        let eventLoop = loop.eventLoop
        EventLoopFuture.whenAllComplete(self.fetches.map(\.result), on: eventLoop)
            .flatMap { answers in
                // To read and join megabytes is nothing for an event loop.
                NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { Self.join(union, answers) }
            }
            .assumeIsolated()
            .whenSuccess { self.finish($0) }
    }

    /// It is the answer to a question about what backends have now: a client that has closed its side gets no late answer.
    let outlivesInput = false

    /// Ends it without a further call.
    func cancel() {
        self.whenDone = nil
        for fetch in Swift.exchange(&self.fetches, with: []) { fetch.cancel() }
    }

    private static func join(_ union: Route.Union, _ answers: [Answer]) -> Joined {
        var joined = Joined()
        var lists: [JSONList] = []
        var fields: [[HeaderField]] = []
        for answer in answers {
            switch answer {
            case .success(let reply) where reply.status == 200:
                if let list = ModelUnion.list(union, Array(reply.body.readableBytesView)) {
                    lists.append(list)
                    fields.append(reply.fields)
                    joined.reasons.append(nil)
                } else {
                    joined.reasons.append("its answer is not a list of models")
                }
            case .success(let reply):
                if reply.status >= 400, joined.refusal == nil { joined.refusal = reply }
                joined.reasons.append("it answers with status \(reply.status)")
            case .failure(let error):
                joined.reasons.append((error as? ErrorCause)?.reasonOfFetch ?? "\(error)")
            }
        }
        guard !lists.isEmpty else { return joined }
        joined.list = ModelUnion.join(union, lists)
        joined.fields = ModelUnion.fields(fields)
        return joined
    }

    private func finish(_ joined: Joined) {
        self.fetches = []
        guard let whenDone = self.whenDone.take() else { return }
        whenDone(self.reply(joined))
    }

    private func reply(_ joined: Joined) -> OwnReply {
        let present = Set(zip(self.asked, joined.reasons).filter { $0.1 == nil }.map(\.0))
        let missing = self.backends.indices.filter { !present.contains($0) }.map { self.backends[$0].url }
        var reply: OwnReply
        if let list = joined.list {
            reply = OwnReply(200, body: list, fields: joined.fields.map { ($0.name, $0.value) })
        } else if let refusal = joined.refusal {
            // All refuse it or cannot be reached: the answer of one of them is the best that there is.
            let type = refusal.fields.first { $0.name.lowercased() == "content-type" }?.value
            reply = OwnReply(
                refusal.status,
                contentType: type ?? "application/json",
                body: String(buffer: refusal.body),
                fields: ModelUnion.fields([refusal.fields]).map { ($0.name, $0.value) }
            )
        } else {
            let reasons = zip(self.asked, joined.reasons).prefix(8)
                .map { "\(self.backends[$0].url): \($1 ?? "")" }
                .joined(separator: "; ")
            let cause = ErrorCause.noList(route: self.union.rawValue, reasons: reasons)
            reply = OwnReply(ErrorReply(cause), self.dialect)
        }
        if !missing.isEmpty { reply.fields.append((Self.missingField, missing.joined(separator: ", "))) }
        return reply
    }
}

extension ErrorCause {
    /// Why a fetch brought nothing, in a few words.
    fileprivate var reasonOfFetch: String {
        switch self {
        case .backendUnreachable(let reason), .outOfResources(let reason): reason
        case .backendNotHTTP(let reason): reason
        case .backendBrokeOff: "it broke off"
        case .timedOut: "no answer within \(ModelListing.timeout.nanoseconds / 1_000_000_000) s"
        default: "it was cancelled"
        }
    }
}

// MARK: - What each backend gets

extension ModelListing {
    /// Fields of a request that would make a backend answer with something other than its whole list as plain JSON.
    private static let partialFields: Set<String> = [
        "accept-encoding", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "range",
    ]

    /// The end-to-end fields of a client's request that each backend gets, too.
    static func fields(_ head: borrowing MessageHead, _ bytes: Span<UInt8>) -> [UInt8] {
        let own: FieldKindSet = [.host, .requestID, .contentLength, .expect, .authorization, .apiKey]
        var fields: [UInt8] = []
        for field in head.fields where !own.contains(field.kind) && !field.isHopByHop {
            guard !Self.partialFields.contains(bytes.text(field.name).lowercased()) else { continue }
            bytes.extracting(Int(field.name.lowerBound)..<Int(field.lineEnd)).withUnsafeBufferPointer {
                fields.append(contentsOf: $0)
            }
        }
        return fields
    }
}
