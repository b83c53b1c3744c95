// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockConfiguration
import PaddockProxy
import PaddockServer
import Testing

@Suite("Who may do what on the own routes")
struct AccessTests {
    private static let machine = "127.0.0.1"
    private static let elsewhere = "10.0.0.1"
    private static let changing = ["POST", "PUT", "PATCH", "DELETE", "get", "BREW"]

    private static func request(
        _ path: String,
        _ method: String = "GET",
        token: String? = nil,
        peer: String = elsewhere
    ) throws -> OwnRequest {
        var request = OwnRequest(method: method, path: path, peer: try SocketAddress(ipAddress: peer, port: 1))
        request.host = "localhost:8080"
        request.authorization = token.map { "Bearer \($0)" }
        return request
    }

    /// Every path of the table, with a rest where it takes one.
    private static func paths(_ router: OwnRouter) -> [String] {
        router.routes.paths.map { $0.pattern.replacing("*", with: "x") }
    }

    @Test(
        "A client learns what it may do, and nothing else",
        arguments: [
            ("admin", "look", elsewhere, nil, "stranger"), ("admin", "look", machine, nil, "stranger"),
            ("admin", "look", elsewhere, "admin", "admin"), ("admin", "look", elsewhere, "look", "viewer"),
            ("admin", "look", elsewhere, "look2", "stranger"), ("admin", nil, machine, "look", "stranger"),
            (nil, "look", elsewhere, "look", "viewer"), (nil, "look", machine, "look", "viewer"),
            (nil, "look", machine, nil, "admin"), (nil, "look", elsewhere, nil, "stranger"),
            (nil, nil, machine, "ollama", "admin"), (nil, nil, elsewhere, "", "stranger"),
        ] as [(String?, String?, String, String?, String)]
    )
    func roles(admin: String?, view: String?, peer: String, token: String?, role: String) async throws {
        let router = try OwnRouter(token: admin, view: view)
        var request = try Self.request("/dashboard/access", token: token, peer: peer)
        let reply = await router.reply(to: request)
        #expect(reply.status == 200)
        #expect(reply.body == #"{"role":"\#(role)"}"#)
        // A page of another origin is a stranger, whatever its browser knows.
        request.origin = "https://evil.example"
        #expect(await router.reply(to: request).body == #"{"role":"stranger"}"#)
        (request.origin, request.secFetchSite) = (nil, "cross-site")
        #expect(await router.reply(to: request).body == #"{"role":"stranger"}"#)
    }

    @Test("The token is read from its header alone")
    func places() async throws {
        var request = try Self.request("/dashboard/access")
        request.query = "token=admin&access_token=admin&admin_token=admin"
        #expect(await (try OwnRouter(token: "admin")).reply(to: request).body == #"{"role":"stranger"}"#)
        request.path = "/queue/requests"
        #expect(await (try OwnRouter(token: "admin")).reply(to: request).status == 401)
    }

    /// Goes through the table, so that no route can be forgotten.
    @Test(
        "The view token changes nothing, on any route and by any method",
        arguments: [nil, "admin"] as [String?],
        [machine, elsewhere]
    )
    func viewTokenChangesNothing(admin: String?, peer: String) async throws {
        let router = try OwnRouter(token: admin, view: "look")
        for path in Self.paths(router) {
            for method in Self.changing {
                let reply = await router.reply(to: try Self.request(path, method, token: "look", peer: peer))
                let isForAdmins = path == "/admin" || path.hasPrefix("/admin/")
                let wanted = isForAdmins ? [403] : [401, 403, 405]
                #expect(wanted.contains(reply.status), "\(method) \(path)")
                if isForAdmins { #expect(reply.body.contains("the view token may read, and change nothing")) }
            }
        }
    }

    @Test("The view token reads all that admins read", arguments: [nil, "admin"] as [String?])
    func viewTokenReads(admin: String?) async throws {
        let router = try OwnRouter(token: admin, view: "look")
        for path in Self.paths(router) where !path.hasPrefix("/v1/") {
            for method in ["GET", "HEAD"] {
                let given = await router.reply(to: try Self.request(path, method, token: "look")).status
                let wanted = await router.reply(
                    to: try Self.request(path, method, token: admin, peer: admin == nil ? Self.machine : Self.elsewhere)
                ).status
                #expect(given == wanted, "\(method) \(path)")
            }
        }
    }

    @Test("Strangers read nothing below /admin, and no list of requests")
    func strangers() async throws {
        let router = try OwnRouter(token: "admin", view: "look")
        for path in Self.paths(router) where path.hasPrefix("/admin") || path == "/queue/requests" {
            for token in [nil, "", "wrong", "loo", "look ", "adminlook"] {
                let reply = await router.reply(to: try Self.request(path, token: token, peer: Self.machine))
                #expect(reply.status == 401, "\(path) \(token ?? "")")
                #expect(reply.body.contains("send the admin or the view token"))
            }
        }
    }

    @Test("With dashboard: token its page is for everybody, and its data for viewers")
    func dashboardForTokens() async throws {
        let router = try OwnRouter(token: "admin", view: "look", dashboard: .token)
        for path in Self.paths(router) where path.hasPrefix("/dashboard") {
            let isData = path == "/dashboard/events" || path == "/dashboard/history"
            let open = await router.reply(to: try Self.request(path, token: "look"))
            for token in [nil, "wrong"] {
                let reply = await router.reply(to: try Self.request(path, token: token))
                #expect(reply.status == (isData ? 401 : open.status), "\(path)")
                #expect((reply.stream == nil) == (isData || open.stream == nil))
            }
            #expect(open.status < 401 || path == "/dashboard/x")
        }
        #expect(await router.reply(to: try Self.request("/queue/stats")).status == 200)
    }

    @Test("With dashboard: off nothing is there, for admins neither")
    func noDashboard() async throws {
        let router = try OwnRouter(token: "admin", view: "look", dashboard: .off)
        for path in Self.paths(router) where path.hasPrefix("/dashboard") {
            for token in [nil, "look", "admin"] {
                let reply = await router.reply(to: try Self.request(path, token: token))
                #expect(reply.status == 404 && reply.stream == nil, "\(path)")
            }
        }
    }
}
