// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockConfiguration
internal import PaddockJSON
internal import PaddockProxy

/// `/queue/clients` (contract section 25).
struct ClientRoutes: Sendable {
    /// How many clients may be listed.
    private static let limits = 1...1_000
    private static let defaultLimit = 100

    private let services: GatewayServices
    private let counts: SharedAnswer
    /// The question is the limit, what to sort by, and the name of a client; no name for all.
    private let lists: SharedAnswer

    init(_ services: GatewayServices) {
        self.services = services
        let rendering = ClientRendering(services.admission, services.keys)
        self.counts = SharedAnswer(on: services.renderer) {
            OwnReply(json: .object { $0.member("total", services.clients.count) })
        }
        self.lists = SharedAnswer(
            on: services.renderer,
            toAll: { questions in
                let reading = services.clients.reading()
                return questions.map { question in
                    let parts = question.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
                    let sorting = ClientsReading.Sorting(rawValue: String(parts[1])) ?? .busy
                    let shown =
                        parts[2].isEmpty
                        ? Array(reading.entries(by: sorting, limit: Int(parts[0]) ?? Self.defaultLimit))
                        : [reading.entry(of: String(parts[2]))].compactMap(\.self)
                    return OwnReply(json: rendering.json(shown, total: reading.entries.count))
                }
            }
        )
    }

    /// The clients with what they do and did: to viewers all of it, to others how many there are.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        var limit = Self.defaultLimit
        if let text = request.queryText("limit") {
            guard let number = Int(text), Self.limits.contains(number) else {
                throw .invalidRequest(
                    "limit must be an integer from \(Self.limits.lowerBound) to \(Self.limits.upperBound)"
                )
            }
            limit = number
        }
        let sort = request.queryText("sort") ?? ClientsReading.Sorting.busy.rawValue
        guard ClientsReading.Sorting(rawValue: sort) != nil else {
            let known = ClientsReading.Sorting.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidRequest("sort must be one of \(known)")
        }
        guard request.role >= .viewer else { return self.counts.answer() }
        return self.lists.answer("\(limit) \(sort) \(request.queryText("client") ?? "")")
    }
}
