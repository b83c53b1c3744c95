// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockAdmission
import PaddockConfiguration
import PaddockProxy
import PaddockServer
import PaddockTesting
import Testing

@Suite("Own routes")
struct OwnRoutesTests {
    private typealias Router = OwnRouter

    private static func post(_ path: String, _ body: String = "", peer: String = "127.0.0.1") throws -> OwnRequest {
        let address = try SocketAddress(ipAddress: peer, port: 1)
        var request = OwnRequest(method: "POST", path: path, body: Array(body.utf8), peer: address)
        request.contentType = body.isEmpty ? nil : "application/json; charset=utf-8"
        request.host = "localhost:8080"
        return request
    }

    @Test("The statistics have every field of the contract, in its order")
    func stats() async throws {
        let router = try Router()
        _ = await router.reply(to: try Self.post("/admin/queue/update", #"{"model":"LLAMA2","queue_limit":9}"#))
        let reply = await router.reply(to: OwnRequest(method: "GET", path: "/queue/stats"))
        let upToUptime = #"""
            {"default_parallel":4,"default_queue_limit":512,"total_models":1,"models":{"llama2":{"model":"llama2",\#
            "parallel_limit":4,"queue_limit":9,"active_requests":0,"queued_requests":0,"available_slots":4,\#
            "queue_available":9,"total_requests":0,"total_processed":0,"total_rejected":0,"total_failed":0,\#
            "total_timed_out":0,"total_cancelled":0,"avg_wait_time_ms":0.0,"avg_processing_time_ms":0.0,"uptime_seconds":
            """#
        #expect(reply.status == 200)
        #expect(reply.body.hasPrefix(upToUptime))
    }

    @Test("The memory is reported in gigabytes of 2^30 bytes with the profile for it")
    func memory() async throws {
        let reply = try await Router().reply(to: OwnRequest(method: "GET", path: "/queue/memory"))
        #expect(
            reply.body
                == #"{"total_gb":32.0,"available_gb":18.5,"used_gb":13.5,"percent":42.2,"recommended_parallel":4,"#
                + #""recommended":{"profile":"high","ollama_num_parallel":8,"ollama_max_queue":1024}}"#
        )
    }

    @Test("Every client with a quota is listed with what it uses of it")
    func quotas() async throws {
        let router = try Router()
        var quota = Quota()
        quota.parallel = 3
        router.admission.setQuotas(["bob": quota, "alice": quota, "carol": Quota()], now: .now())
        // One that was taken back.
        router.admission.setQuotas(["alice": quota], now: .now())
        var request = OwnRequest(method: "GET", path: "/admin/quotas")
        request.peer = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        request.host = "localhost:8080"
        let body = await router.reply(to: request).body
        #expect(body.hasPrefix(#"{"quotas":[{"client":"alice","parallel_limit":3,"queue_limit":null,"#))
        #expect(!body.contains("bob") && !body.contains("carol"))
    }

    @Test("A model without a queue is unknown, and the known ones are named")
    func unknownModel() async throws {
        let reply = try await Router().reply(to: OwnRequest(method: "GET", path: "/queue/stats", query: "model=x"))
        #expect(reply.status == 404)
        #expect(reply.body.contains(#""code":"unknown_model""#) && reply.body.contains(#""available_models":[]"#))
    }

    @Test(
        "Without a token only clients on this machine may change things",
        arguments: [
            ("127.0.0.1", 200), ("127.8.8.8", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("10.0.0.1", 403),
            ("::ffff:10.0.0.1", 403), ("fe80::1", 403),
        ]
    )
    func loopbackOnly(peer: String, status: Int) async throws {
        let reply = try await Router().reply(to: try Self.post("/admin/queue/reset", peer: peer))
        #expect(reply.status == status)
    }

    /// A page whose name its owner points at 127.0.0.1 asks from this machine, and is of one origin with what it asks.
    @Test(
        "Without a token only names of this machine are answered, whatever address it listens on",
        arguments: [
            ("localhost:8080", 200), ("127.0.0.1:8080", 200), ("[::1]:8080", 200), ("192.168.1.20", 200),
            ("spark-1:8080", 200), ("paddock.internal", 200), (nil, 200), ("evil.example:8080", 403),
            ("localhost.evil.example", 403), ("spark-1.evil.example", 403), ("", 200),
        ] as [(String?, Int)]
    )
    func rebinding(host: String?, status: Int) async throws {
        let router = try Router()
        var request = try Self.post("/admin/queue/reset")
        request.host = host
        request.origin = host.map { "http://\($0)" }
        let reply = await router.reply(to: request)
        #expect(reply.status == status)
        if status == 403, let host { #expect(reply.body.contains(host) && reply.body.contains("spark-1")) }
        var list = OwnRequest(
            method: "GET",
            path: "/queue/requests",
            peer: try SocketAddress(ipAddress: "::1", port: 1)
        )
        list.host = host
        #expect(await router.reply(to: list).status == status)
        request.authorization = "Bearer right"
        #expect(try await Router(token: "right").reply(to: request).status == 200)
    }

    @Test(
        "With a token it decides, wherever the client is",
        arguments: [
            (nil, 401), ("Bearer right", 200), ("bearer right", 200), ("Bearer wrong", 401), ("Bearer right2", 401),
            ("Basic right", 401), ("right", 401),
        ] as [(String?, Int)]
    )
    func token(authorization: String?, status: Int) async throws {
        var request = try Self.post("/admin/queue/reset", peer: "10.0.0.1")
        request.authorization = authorization
        let reply = try await Router(token: "right").reply(to: request)
        #expect(reply.status == status)
        #expect(reply.fields.contains { $0.0 == "WWW-Authenticate" } == (status == 401))
    }

    @Test(
        "Pages of other origins are refused",
        arguments: [
            ("http://localhost:8080", nil, 200), ("https://LOCALHOST:8080", "same-origin", 200),
            ("http://localhost:9", nil, 403), ("null", nil, 403), (nil, "cross-site", 403),
        ] as [(String?, String?, Int)]
    )
    func origins(origin: String?, site: String?, status: Int) async throws {
        var request = try Self.post("/admin/queue/reset")
        request.origin = origin
        request.secFetchSite = site
        #expect(try await Router().reply(to: request).status == status)
    }

    @Test(
        "An update that is not right changes nothing",
        arguments: [
            "", "[]", "{}", #"{"model":"a"}"#, #"{"model":"","queue_limit":1}"#, #"{"model":"a","parallel_limit":0}"#,
            #"{"model":"a","parallel_limit":"8"}"#, #"{"model":"a","parallel_limit":true}"#,
            #"{"model":"a","parallel_limit":null}"#, #"{"model":"a","queue_limit":-1}"#, #"{"model":"a","limit":1}"#,
            #"{"model":"a","parallel_limit":8,"queue_limit":1e99}"#,
        ]
    )
    func badUpdates(body: String) async throws {
        let router = try Router()
        #expect(await router.reply(to: try Self.post("/admin/queue/update", body)).status == 400)
        #expect(router.admission.snapshot(now: .now()).models.isEmpty)
    }

    @Test("A method that a route does not have gets 405 with those it has")
    func methods() async throws {
        let router = try Router()
        #expect(await router.reply(to: try Self.post("/queue/stats")).status == 405)
        let get = OwnRequest(
            method: "GET",
            path: "/admin/queue/reset",
            peer: try SocketAddress(ipAddress: "::1", port: 1)
        )
        #expect(await router.reply(to: get).fields.contains { $0 == ("Allow", "POST") })
    }

    @Test(
        "Each route is for everybody or for admins, and answers its methods alone",
        arguments: [
            ("/queue/stats", "GET", false, 200), ("/queue/memory", "GET", false, 200),
            ("/queue/troubles", "GET", false, 200),
            ("/queue/requests", "GET", true, 200),
            ("/queue/requests/x", "GET", false, 404), ("/queue/clients", "GET", false, 200),
            ("/health", "GET", false, 200),
            ("/health/live", "HEAD", false, 200),
            ("/health/ready", "GET", false, 200), ("/metrics", "GET", false, 200), ("/dashboard", "GET", false, 200),
            ("/dashboard/", "GET", false, 308), ("/dashboard/app.js", "GET", false, 200),
            ("/dashboard/events", "GET", false, 200), ("/dashboard/history", "GET", false, 200),
            ("/dashboard/none", "GET", false, 404), ("/admin", "GET", true, 404), ("/admin/none", "PUT", true, 404),
            ("/admin/queue/reset", "POST", true, 200), ("/admin/queue/update", "POST", true, 400),
            ("/admin/queue/requests/x", "DELETE", true, 404), ("/admin/log", "GET", true, 200),
            ("/admin/log", "POST", true, 400),
        ] as [(String, String, Bool, Int)]
    )
    func permissions(path: String, method: String, isForAdmins: Bool, status: Int) async throws {
        let router = try Router()
        let stranger = try SocketAddress(ipAddress: "10.0.0.1", port: 1)
        var request = OwnRequest(method: method, path: path, peer: stranger)
        #expect(await router.reply(to: request).status == (isForAdmins ? 403 : status))
        request.peer = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        let reply = await router.reply(to: request)
        #expect(reply.status == status)
        #expect((reply.stream != nil) == (path == "/dashboard/events"))
        if path.hasPrefix("/dashboard") { #expect(reply.fields.contains { $0.0 == "Content-Security-Policy" }) }
        request.method = "BREW"
        #expect(await router.reply(to: request).status == (path == "/admin" || path == "/admin/none" ? 404 : 405))
    }

    @Test(
        "A route for clients is answered to those that have an owner, and to no page of another origin",
        arguments: [
            (nil, "alice", nil, 200), (nil, nil, nil, 401), ("http://localhost:8080", "alice", nil, 200),
            ("http://evil.example", "alice", nil, 403), (nil, "alice", "cross-site", 403), ("null", "alice", nil, 403),
        ] as [(String?, String?, String?, Int)]
    )
    func clientRoutes(origin: String?, owner: String?, site: String?, status: Int) throws {
        let routes = OwnRoutes([OwnRoute("/v1/mine", .get, for: .clients) { _ in .now(OwnReply(200, body: "")) }])
        var request = OwnRequest(method: "GET", path: "/v1/mine")
        request.host = "localhost:8080"
        request.origin = origin
        request.secFetchSite = site
        request.owner = owner.map { Client(name: $0) }
        request.dialect = .openAI
        let rule = AccessRule(Configuration(), hostRule: HostRule(machineName: "spark-1"))
        guard case .now(let reply) = routes.answer(to: request, access: rule) else {
            Issue.record("the answer comes later")
            return
        }
        #expect(reply.status == status)
        #expect(status == 200 || reply.body.hasPrefix(#"{"error":{"message":"#))
    }
}
