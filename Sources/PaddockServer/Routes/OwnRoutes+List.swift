// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockProxy

extension OwnRoutes {
    /// The routes that Paddock answers itself. Each path is named here and nowhere else in the server.
    ///
    /// - Parameter services: what the routes read and change.
    package init(_ services: GatewayServices) {
        let queue = QueueRoutes(services)
        let requests = RequestRoutes(services)
        let clients = ClientRoutes(services)
        let connections = ConnectionRoutes(services)
        let admin = AdminRoutes(services)
        let backends = BackendRoutes(services)
        let models = ModelRoutes(services)
        let usage = UsageRoutes(services)
        let settings = SettingRoutes(services)
        let batches = BatchRoutes(services)
        let history = HistoryRoutes(services)
        let keys = KeyRoutes(services)
        let events = EventRoutes(services)
        let troubles = TroubleRoutes(services)
        let health = HealthRoutes(services)
        let metrics = MetricsRoutes(services)
        let dashboard = DashboardRoutes(services)
        let files = FileRoutes(services)
        let cluster = ClusterRoutes(services)
        let placed = ClusterRequests(services, requests)
        placed?.offer()
        let held = HeldRoutes(services, files, batches)
        held?.offer()
        /// Without a cluster a route answers for all there is.
        func forAll(
            _ route: String,
            _ sharing: ClusterMembers.Sharing,
            _ handler: @escaping OwnRoute.Handler
        ) -> OwnRoute.Handler {
            services.members?.share(route, sharing, handler) ?? handler
        }
        services.members?.offer(ClusterRoutes.path, cluster.show)
        services.members?.offer(MemberViews.path, dashboard.views)
        services.members?.offer(ClientSum.path, clients.listForMembers)
        services.members?.offer(MemberEvents.route, events.listForMembers)
        services.members?.follow(services.admission) { client in
            var event = GatewayEvent(.clientRevoked, client)
            event.reason = "the coordinator of the cluster does not have it"
            services.events.note(event)
        }
        self.init([
            OwnRoute("/queue/stats", .get, handler: forAll("/queue/stats", .summed, queue.stats)),
            OwnRoute("/queue/memory", .get, handler: queue.memory),
            OwnRoute("/queue/events", .get, handler: forAll("/queue/events", .joined(.events), events.list)),
            OwnRoute("/queue/clients", .get, handler: forAll("/queue/clients", .joined(ClientSum.join), clients.list)),
            OwnRoute(
                "/queue/connections",
                .get,
                for: .admins,
                handler: forAll("/queue/connections", .summed, connections.list)
            ),
            OwnRoute("/queue/troubles", .get, handler: forAll("/queue/troubles", .joined(.troubles), troubles.list)),
            OwnRoute("/queue/requests", .get, for: .admins, handler: placed?.list ?? requests.list),
            OwnRoute(
                "/queue/requests/*",
                .get,
                handler: forAll("/queue/requests/*", .found, placed?.show ?? requests.show)
            ),
            OwnRoute("/health", .get, handler: health.health),
            OwnRoute("/health/live", .get, handler: health.live),
            OwnRoute("/health/ready", .get, handler: health.ready),
            OwnRoute("/usage", .get, handler: usage.own),
            OwnRoute("/v1/batches", .get, .post, for: .clients, handler: held?.allBatches ?? batches.all),
            OwnRoute("/v1/batches/*", .get, .post, for: .clients, handler: held?.batch ?? batches.one),
            OwnRoute(ClusterRoutes.path, .get, handler: cluster.show),
            OwnRoute("/metrics", .get, handler: metrics.metrics),
            OwnRoute("/dashboard/", .get, for: .page, handler: dashboard.redirect),
            OwnRoute("/dashboard/access", .get, for: .page, handler: dashboard.access),
            OwnRoute("/dashboard/events", .get, for: .pageData, handler: dashboard.events),
            OwnRoute(
                "/dashboard/history",
                .get,
                for: .pageData,
                handler: forAll("/dashboard/history", .joined(.history), dashboard.history)
            ),
            OwnRoute("/dashboard", .get, for: .page, handler: dashboard.file),
            OwnRoute("/dashboard/*", .get, for: .page, handler: dashboard.file),
            OwnRoute(
                "/admin/queue/reset",
                .post,
                for: .admins,
                handler: forAll("/admin/queue/reset", .changed, admin.reset)
            ),
            OwnRoute(
                "/admin/queue/update",
                .post,
                for: .admins,
                handler: forAll("/admin/queue/update", .changed, admin.update)
            ),
            OwnRoute(
                "/admin/queue/requests/*",
                .delete,
                for: .admins,
                handler: forAll("/admin/queue/requests/*", .found, requests.cancel)
            ),
            OwnRoute("/admin/backends", .get, for: .admins, handler: backends.list),
            OwnRoute(
                "/admin/backends/add",
                .post,
                for: .admins,
                handler: forAll("/admin/backends/add", .changed, backends.add)
            ),
            OwnRoute(
                "/admin/backends/drain",
                .post,
                for: .admins,
                handler: forAll("/admin/backends/drain", .changed, backends.drain)
            ),
            OwnRoute(
                "/admin/backends/remove",
                .post,
                for: .admins,
                handler: forAll("/admin/backends/remove", .changed, backends.remove)
            ),
            OwnRoute(
                "/admin/models/unload",
                .post,
                for: .admins,
                handler: forAll("/admin/models/unload", .led, models.unload)
            ),
            OwnRoute(
                "/admin/models/pin",
                .post,
                for: .admins,
                handler: forAll("/admin/models/pin", .changed, models.pin)
            ),
            OwnRoute(
                "/admin/models/unpin",
                .post,
                for: .admins,
                handler: forAll("/admin/models/unpin", .changed, models.unpin)
            ),
            OwnRoute(
                "/admin/clients/pause",
                .post,
                for: .admins,
                handler: forAll("/admin/clients/pause", .changed, clients.pause)
            ),
            OwnRoute(
                "/admin/clients/resume",
                .post,
                for: .admins,
                handler: forAll("/admin/clients/resume", .changed, clients.resume)
            ),
            OwnRoute(
                "/admin/clients/cap",
                .post,
                for: .admins,
                handler: forAll("/admin/clients/cap", .changed, clients.cap)
            ),
            OwnRoute("/admin/log", .get, .post, for: .admins, handler: admin.logLevel),
            OwnRoute("/admin/usage", .get, for: .admins, handler: forAll("/admin/usage", .summed, usage.all)),
            OwnRoute("/admin/quotas", .get, for: .admins, handler: forAll("/admin/quotas", .led, usage.quotas)),
            OwnRoute(
                "/admin/requests",
                .get,
                for: .admins,
                handler: forAll("/admin/requests", .joined(.ended(limit: 100)), history.list)
            ),
            OwnRoute("/admin/keys", .get, for: .admins, handler: keys.list),
            OwnRoute(
                "/admin/keys/add",
                .post,
                for: .admins,
                handler: forAll("/admin/keys/add", .keysChanged, keys.change)
            ),
            OwnRoute(
                "/admin/keys/set",
                .post,
                for: .admins,
                handler: forAll("/admin/keys/set", .keysChanged, keys.change)
            ),
            OwnRoute(
                "/admin/keys/rotate",
                .post,
                for: .admins,
                handler: forAll("/admin/keys/rotate", .keysChanged, keys.change)
            ),
            OwnRoute(
                "/admin/keys/revoke",
                .post,
                for: .admins,
                handler: forAll("/admin/keys/revoke", .keysChanged, keys.change)
            ),
            OwnRoute("/admin/keys/*", .get, for: .admins, handler: keys.show),
            OwnRoute("/admin/batches", .get, for: .admins, handler: held?.listAnyBatches ?? batches.allOfAll),
            OwnRoute(
                "/admin/batches/cancel",
                .post,
                for: .admins,
                handler: held?.cancelAnyBatch ?? batches.cancelOfAll
            ),
            OwnRoute("/admin/batches/*", .get, for: .admins, handler: held?.anyBatch ?? batches.oneOfAll),
            OwnRoute("/admin/settings", .get, for: .admins, handler: settings.list),
            OwnRoute(
                "/admin/settings/unset",
                .post,
                for: .admins,
                handler: forAll("/admin/settings/unset", .changed, settings.unset)
            ),
            OwnRoute(
                "/v1/files",
                .get,
                .post,
                for: .clients,
                upload: files.upload,
                handler: held?.listFiles ?? files.list
            ),
            OwnRoute("/v1/files/*", .get, .delete, for: .clients, handler: held?.file ?? files.file),
            // Whatever else is below /admin goes to no backend.
            OwnRoute("/admin", for: .admins) { .now(.notFound($0.path)) },
            OwnRoute("/admin/*", for: .admins) { .now(.notFound($0.path)) },
        ])
    }
}
