// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockBase
internal import PaddockJSON
internal import PaddockPage
internal import PaddockProxy

/// `/dashboard` and the paths below it (contract section 17).
struct DashboardRoutes: Sendable {
    /// What every reply carries: the page may load nothing but its own files, and no page may frame it or read it as something
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
    private static let files = Dictionary(uniqueKeysWithValues: PageFile.all.map { ($0.path, FileReplies($0)) })

    private let dashboard: Dashboard
    private let histories: [LoadHistory.Range: SharedAnswer]
    private let unknownModel: SharedAnswer
    private let services: GatewayServices

    init(_ services: GatewayServices) {
        let unknown = services.unknownModel
        self.dashboard = services.dashboard
        self.histories = Dictionary(
            uniqueKeysWithValues: LoadHistory.Range.allCases.map { range in
                (range, SharedAnswer(on: services.renderer, toAll: { Self.histories($0, range, services) }))
            }
        )
        self.unknownModel = SharedAnswer(on: services.renderer, toAll: { unknown.render($0).map(Self.secured) })
        self.services = services
        // Compressing them takes some ten milliseconds, too long for the event loop of whoever asks first.
        services.renderer.async { _ = Self.files }
    }

    private static func secured(_ reply: OwnReply) -> OwnReply {
        var reply = reply
        reply.fields += Self.fields
        return reply
    }

    /// A file of the page, compressed if the browser can read that; only its head if the browser has it.
    func file(_ request: OwnRequest) -> OwnAnswer {
        .now(Self.secured(Self.files[request.path]?.reply(to: request) ?? OwnReply.notFound(request.path)))
    }

    /// What is answered to requests for a file.
    private struct FileReplies {
        private let tag: String
        private let plain: OwnReply
        private let compressed: OwnReply
        private let unchanged: OwnReply

        init(_ file: PageFile) {
            let compressed = Gzip.compress(Array(file.text.utf8))
            // The checksum and the length, which gzip ends with, tell versions of a file apart.
            // The tag is a weak one, as it is the same for both codings.
            self.tag = compressed.suffix(8).map { String($0, radix: 16) }.joined()
            let fields = [("ETag", "W/\"\(self.tag)\""), ("Vary", "Accept-Encoding")]
            let type = file.contentType
            self.plain = OwnReply(200, contentType: type, body: file.text, fields: fields)
            let gzip = fields + [("Content-Encoding", "gzip")]
            self.compressed = OwnReply(200, contentType: type, bytes: compressed, fields: gzip)
            self.unchanged = OwnReply(304, contentType: type, body: "", fields: fields)
        }

        func reply(to request: OwnRequest) -> OwnReply {
            if request.ifNoneMatch?.contains("\"\(self.tag)\"") == true { return self.unchanged }
            return Self.takesGzip(request.acceptEncoding) ? self.compressed : self.plain
        }

        private static func takesGzip(_ field: String?) -> Bool {
            let codings = (field ?? "").lowercased().split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
            return codings.contains { coding in
                coding == "gzip" || coding.hasPrefix("gzip;q=") && coding.contains { ("1"..."9").contains($0) }
            }
        }
    }

    /// The page has one name.
    func redirect(_ request: OwnRequest) -> OwnAnswer {
        let page = [("Location", "../dashboard")]
        return .now(Self.secured(OwnReply(308, contentType: "text/plain", body: "", fields: page)))
    }

    /// What the client may do: the page checks a token with it.
    func access(_ request: OwnRequest) -> OwnAnswer {
        .now(Self.secured(OwnReply(json: #"{"role":\#(request.role.name)}"#)))
    }

    /// What this member of a cluster shows on the channels that another one asks for.
    func views(_ request: OwnRequest) -> OwnAnswer {
        let names = (request.queryText("channels") ?? "").split(separator: ",")
        let channels = DashboardChannel.all.filter { channel in names.contains { $0 == channel.name } }
        let services = self.services
        return .later { responder in
            Task {
                let isListed = channels.contains(DashboardChannel(view: .requests, isForViewers: true))
                let places = isListed ? await services.places?.ofOwn(first: DashboardLists.requestsShown) : nil
                services.renderer.async { responder.reply(Self.views(channels, places ?? [], services)) }
            }
        }
    }

    private static func views(_ channels: [DashboardChannel], _ places: [JSONValue], _ services: GatewayServices)
        -> OwnReply
    {
        let reading = services.dashboard.read()
        var renderer = ViewRenderer(services.dashboardLists, overviewModels: MemberViews.overviewModels)
        renderer.read(reading)
        return OwnReply(
            json: .object { json in
                for channel in channels {
                    json.member(named: channel.name, renderer.contents(of: channel, reading, places).json)
                }
            }
        )
    }

    /// The events that the page follows: of a view, or of everything.
    func events(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        var view: DashboardView?
        if let name = request.queryText("view") {
            view = DashboardView(rawValue: name)
            if view == nil {
                let known = DashboardView.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidRequest("view must be one of \(known)")
            }
        }
        let feed = self.dashboard.feed(view, for: request.role)
        return .now(Self.secured(OwnReply(contentType: "text/event-stream", streaming: feed.subscribe)))
    }

    /// What the charts show, of one model or of all together.
    func history(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let text = request.queryText("range") ?? LoadHistory.Range.quarterHour.rawValue
        guard let range = LoadHistory.Range(rawValue: text), let histories = self.histories[range] else {
            throw .invalidRequest("range must be 15m or 24h")
        }
        guard let name = request.queryModel else { return histories.answer() }
        guard let model = ModelName(name) else { return self.unknownModel.answer(toName: name) }
        return histories.answer(model.description)
    }

    /// The steps of some models; those of all together for an empty name.
    private static func histories(
        _ names: [String],
        _ range: LoadHistory.Range,
        _ services: GatewayServices
    ) -> [OwnReply] {
        let history = services.dashboard.loadHistory(range)
        let replies = names.map { name -> OwnReply? in
            guard let model = ModelName(name) else { return OwnReply(json: history.json(of: nil)) }
            let isKnown = history.hasSeen(model) || services.admission.snapshot(of: model, now: .now()) != nil
            return isKnown ? OwnReply(json: history.json(of: model)) : nil
        }
        // All of one reading.
        var unknowns = services.unknownModel.render(zip(names, replies).filter { $0.1 == nil }.map(\.0))[...]
        return replies.compactMap { ($0 ?? unknowns.popFirst()).map(Self.secured) }
    }
}
