// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore
internal import PaddockSystem

/// `/admin/usage`, `/admin/quotas` and `/usage` (contract section 21).
struct UsageRoutes: Sendable {
    private let answers: SharedAnswer?
    private let allQuotas: SharedAnswer

    init(_ services: GatewayServices) {
        // Sums over years take longer than readings of the queues, which must not wait for them.
        let queue = DispatchQueue(label: "paddock-usage-answers")
        let admission = services.admission
        self.allQuotas = SharedAnswer(on: queue) { OwnReply(json: Self.quotas(services.deciding)) }
        self.answers = services.usage.map { usage in
            SharedAnswer(on: queue, toAll: { questions in questions.map { Self.reply($0, usage, admission) } })
        }
    }

    /// Who used what, as JSON or as CSV.
    func all(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        try self.answer(request.query ?? "", of: nil)
    }

    /// What the client used whose key the request carries.
    func own(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        guard let client = request.client else {
            var error = ErrorReply(
                401,
                "unauthorized",
                "send the key of a declared client as Authorization: Bearer KEY"
            )
            error.fields = [("WWW-Authenticate", "Bearer")]
            throw error
        }
        return try self.answer(request.query ?? "", of: client)
    }

    /// The clients that have a quota, with what they use of it.
    func quotas(_ request: OwnRequest) -> OwnAnswer { self.allQuotas.answer() }

    private static func quotas(_ admission: AdmissionController) -> JSONText {
        .object { json in
            json.array("quotas") { json in
                // One after the other: a reading of all of them would hold up requests.
                for name in admission.quotaNames {
                    guard let standing = admission.quotaStanding(of: name, now: .now()) else { continue }
                    json.object { json in
                        json.member("client", name)
                        standing.write(to: &json)
                    }
                }
            }
        }
    }

    private func answer(_ query: String, of client: String?) throws(ErrorReply) -> OwnAnswer {
        guard let answers = self.answers else {
            throw ErrorReply(501, "not_kept", "usage is not kept, as state is off: set it to auto or to a folder")
        }
        _ = try Self.parse(query, client)
        // Names of clients have no blanks.
        return answers.answer("\(client ?? "") \(query)")
    }

    private static func parse(_ query: String, _ client: String?) throws(ErrorReply) -> (query: UsageQuery, isCSV: Bool)
    {
        let request = OwnRequest(method: "GET", path: "/usage", query: query)
        let format = request.queryText("format") ?? "json"
        guard format == "json" || format == "csv" else { throw .invalidRequest("format must be json or csv") }
        var usage = try UsageQuery(request, today: WallClock.secondsSince1970() / 86_400)
        usage.client = client
        return (usage, format == "csv")
    }

    private static func reply(_ question: String, _ usage: UsageRecorder, _ admission: AdmissionController) -> OwnReply
    {
        let parts = question.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        do throws(ErrorReply) {
            let (query, isCSV) = try Self.parse(String(parts[1]), parts[0].isEmpty ? nil : String(parts[0]))
            var table = UsageTable(query: query, rows: try Self.rows(query, usage))
            if let client = query.client {
                let quota = admission.quotaStanding(of: client, now: .now())
                table.more = { json in json.member("quota", quota?.json) }
            }
            return isCSV
                ? OwnReply(200, contentType: "text/csv; charset=utf-8; header=present", body: table.csv)
                : OwnReply(json: table.json)
        } catch {
            return OwnReply(error)
        }
    }

    private static func rows(_ query: UsageQuery, _ usage: UsageRecorder) throws(ErrorReply) -> [UsageRow] {
        do throws(StoreError) {
            return try usage.usage(query)
        } catch {
            if case .tooManyRows = error { throw .invalidRequest("\(error)") }
            throw ErrorReply(500, "internal_error", "usage cannot be read: \(error.reason)")
        }
    }
}
