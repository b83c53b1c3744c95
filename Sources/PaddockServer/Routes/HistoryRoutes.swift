// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore

/// `/admin/requests` (contract section 21).
struct HistoryRoutes: Sendable {
    private let answers: SharedAnswer?

    init(_ services: GatewayServices) {
        // A search takes longer than readings of the queues, which must not wait for it.
        let queue = DispatchQueue(label: "paddock-history-answers")
        self.answers = services.archive.map { history in
            SharedAnswer(on: queue, toAll: { queries in queries.map { Self.reply($0, history) } })
        }
    }

    /// Requests that have ended, the last one first.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        guard let answers = self.answers else {
            throw ErrorReply(
                501,
                "not_kept",
                "ended requests are not kept: set history_days, and state to auto or to a folder"
            )
        }
        _ = try RequestQuery(request)
        return answers.answer(request.query ?? "")
    }

    private static func reply(_ text: String, _ history: HistoryRecorder) -> OwnReply {
        do throws(ErrorReply) {
            let query = try RequestQuery(OwnRequest(method: "GET", path: "/admin/requests", query: text))
            let requests = try Self.requests(query, history)
            return OwnReply(
                json: .object { json in json.member("requests", requests.map { JSONText(verbatim: $0.story) }) }
            )
        } catch {
            return OwnReply(error)
        }
    }

    private static func requests(_ query: RequestQuery, _ history: HistoryRecorder) throws(ErrorReply)
        -> [StoredRequest]
    {
        do throws(StoreError) {
            return try history.requests(query)
        } catch {
            throw ErrorReply(500, "internal_error", "ended requests cannot be read: \(error.reason)")
        }
    }
}
