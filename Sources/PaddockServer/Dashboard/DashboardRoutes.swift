// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission
internal import PaddockPage
package import PaddockProxy

/// `/dashboard` and what lies below it (contract section 17).
package struct DashboardRoutes: Sendable {
    /// What every reply carries: the page may load nothing but its own files, and nobody may frame it or read it as something
    /// else. Scripts cannot make markup of text at all, so no name of a model can become any.
    private static let fields = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; "
                + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", "no-referrer"),
        ("Cache-Control", "no-cache"),
    ]
    private static let files = Dictionary(
        uniqueKeysWithValues: PageFile.all.map { file in
            (file.path, Self.secured(OwnReply(200, contentType: file.contentType, body: file.text)))
        }
    )

    private let dashboard: Dashboard
    private let history: SharedAnswer
    private let unknown: SharedAnswer

    package init(admission: AdmissionController, dashboard: Dashboard, unknown: SharedAnswer) {
        self.dashboard = dashboard
        self.history = SharedAnswer(toAll: { Self.histories($0, dashboard.loadHistory, admission, unknown) })
        self.unknown = SharedAnswer(toAll: { unknown.render($0).map(Self.secured) })
    }

    private static func secured(_ reply: OwnReply) -> OwnReply {
        var reply = reply
        reply.fields += Self.fields
        return reply
    }

    package func answer(to request: OwnRequest) -> OwnAnswer {
        switch request.path {
        case "/dashboard/":
            let page = [("Location", "../dashboard")]
            return .now(Self.secured(OwnReply(308, contentType: "text/plain", body: "", fields: page)))
        case "/dashboard/events": return .now(Self.secured(OwnReply(following: self.dashboard.feed)))
        case "/dashboard/history":
            guard let name = request.queryModel else { return .later(self.history) }
            guard let model = ModelName(name) else { return .unknownModel(name, self.unknown) }
            return .later(self.history, question: model.description)
        default:
            return .now(Self.files[request.path] ?? Self.secured(OwnReply.notFound(request.path)))
        }
    }

    /// The steps of some models; those of all together where there is no name.
    private static func histories(
        _ names: [String],
        _ history: LoadHistory,
        _ admission: AdmissionController,
        _ unknown: SharedAnswer
    ) -> [OwnReply] {
        let replies = names.map { name -> OwnReply? in
            guard let model = ModelName(name) else {
                return OwnReply(json: .history(history.points(of: nil), model: nil))
            }
            let points = history.points(of: model)
            let isKnown =
                points.contains { $0.point.isActive } || admission.snapshot(of: model, now: .now()) != nil
            return isKnown ? OwnReply(json: .history(points, model: model)) : nil
        }
        // All of one reading.
        var unknowns = unknown.render(zip(names, replies).filter { $0.1 == nil }.map(\.0))[...]
        return replies.compactMap { ($0 ?? unknowns.popFirst()).map(Self.secured) }
    }
}
