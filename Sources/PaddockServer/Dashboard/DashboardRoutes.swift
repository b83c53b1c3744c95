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
    private static let files = Dictionary(uniqueKeysWithValues: PageFile.all.map { ($0.path, $0) })

    private let admission: AdmissionController
    private let dashboard: Dashboard

    package init(admission: AdmissionController, dashboard: Dashboard) {
        self.admission = admission
        self.dashboard = dashboard
    }

    package func reply(to request: OwnRequest) -> OwnReply {
        var reply = self.answer(request)
        reply.fields += Self.fields
        return reply
    }

    private func answer(_ request: OwnRequest) -> OwnReply {
        switch request.path {
        case "/dashboard/": OwnReply(308, contentType: "text/plain", body: "", fields: [("Location", "../dashboard")])
        case "/dashboard/events": OwnReply(following: self.dashboard.feed)
        case "/dashboard/history": self.history(request)
        default:
            if let file = Self.files[request.path] {
                OwnReply(200, contentType: file.contentType, body: file.text)
            } else {
                OwnReply.notFound(request.path)
            }
        }
    }

    /// All models together, or the one that the query names.
    private func history(_ request: OwnRequest) -> OwnReply {
        guard let name = request.queryModel else {
            return OwnReply(json: .history(self.dashboard.points(of: nil), model: nil))
        }
        let points = ModelName(name).map { ($0, self.dashboard.points(of: $0)) }
        if let (model, points) = points, points.contains(where: { $0.point.isActive }) {
            return OwnReply(json: .history(points, model: model))
        }
        let snapshot = self.admission.snapshot(now: .now())
        guard let (model, points) = points, snapshot.model(model) != nil else { return .unknownModel(name, snapshot) }
        return OwnReply(json: .history(points, model: model))
    }
}
