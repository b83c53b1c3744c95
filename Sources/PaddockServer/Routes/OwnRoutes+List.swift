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
        self.init([
            OwnRoute("/queue/stats", .get, handler: queue.stats),
            OwnRoute("/queue/memory", .get, handler: queue.memory),
            OwnRoute("/queue/events", .get, handler: events.list),
            OwnRoute("/queue/clients", .get, handler: clients.list),
            OwnRoute("/queue/connections", .get, for: .admins, handler: connections.list),
            OwnRoute("/queue/troubles", .get, handler: troubles.list),
            OwnRoute("/queue/requests", .get, for: .admins, handler: requests.list),
            OwnRoute("/queue/requests/*", .get, handler: requests.show),
            OwnRoute("/health", .get, handler: health.health),
            OwnRoute("/health/live", .get, handler: health.live),
            OwnRoute("/health/ready", .get, handler: health.ready),
            OwnRoute("/usage", .get, handler: usage.own),
            OwnRoute("/v1/batches", .get, .post, for: .clients, handler: batches.all),
            OwnRoute("/v1/batches/*", .get, .post, for: .clients, handler: batches.one),
            OwnRoute("/metrics", .get, handler: metrics.metrics),
            OwnRoute("/dashboard/", .get, for: .page, handler: dashboard.redirect),
            OwnRoute("/dashboard/access", .get, for: .page, handler: dashboard.access),
            OwnRoute("/dashboard/events", .get, for: .pageData, handler: dashboard.events),
            OwnRoute("/dashboard/history", .get, for: .pageData, handler: dashboard.history),
            OwnRoute("/dashboard", .get, for: .page, handler: dashboard.file),
            OwnRoute("/dashboard/*", .get, for: .page, handler: dashboard.file),
            OwnRoute("/admin/queue/reset", .post, for: .admins, handler: admin.reset),
            OwnRoute("/admin/queue/update", .post, for: .admins, handler: admin.update),
            OwnRoute("/admin/queue/requests/*", .delete, for: .admins, handler: requests.cancel),
            OwnRoute("/admin/backends", .get, for: .admins, handler: backends.list),
            OwnRoute("/admin/backends/add", .post, for: .admins, handler: backends.add),
            OwnRoute("/admin/backends/drain", .post, for: .admins, handler: backends.drain),
            OwnRoute("/admin/backends/remove", .post, for: .admins, handler: backends.remove),
            OwnRoute("/admin/models/unload", .post, for: .admins, handler: models.unload),
            OwnRoute("/admin/models/pin", .post, for: .admins, handler: models.pin),
            OwnRoute("/admin/models/unpin", .post, for: .admins, handler: models.unpin),
            OwnRoute("/admin/clients/pause", .post, for: .admins, handler: clients.pause),
            OwnRoute("/admin/clients/resume", .post, for: .admins, handler: clients.resume),
            OwnRoute("/admin/clients/cap", .post, for: .admins, handler: clients.cap),
            OwnRoute("/admin/log", .get, .post, for: .admins, handler: admin.logLevel),
            OwnRoute("/admin/usage", .get, for: .admins, handler: usage.all),
            OwnRoute("/admin/quotas", .get, for: .admins, handler: usage.quotas),
            OwnRoute("/admin/requests", .get, for: .admins, handler: history.list),
            OwnRoute("/admin/keys", .get, for: .admins, handler: keys.list),
            OwnRoute("/admin/keys/add", .post, for: .admins, handler: keys.change),
            OwnRoute("/admin/keys/set", .post, for: .admins, handler: keys.change),
            OwnRoute("/admin/keys/rotate", .post, for: .admins, handler: keys.change),
            OwnRoute("/admin/keys/revoke", .post, for: .admins, handler: keys.change),
            OwnRoute("/admin/keys/*", .get, for: .admins, handler: keys.show),
            OwnRoute("/admin/batches", .get, for: .admins, handler: batches.allOfAll),
            OwnRoute("/admin/batches/cancel", .post, for: .admins, handler: batches.cancelOfAll),
            OwnRoute("/admin/batches/*", .get, for: .admins, handler: batches.oneOfAll),
            OwnRoute("/admin/settings", .get, for: .admins, handler: settings.list),
            OwnRoute("/admin/settings/unset", .post, for: .admins, handler: settings.unset),
            OwnRoute("/v1/files", .get, .post, for: .clients, upload: files.upload, handler: files.list),
            OwnRoute("/v1/files/*", .get, .delete, for: .clients, handler: files.file),
            // Whatever else is below /admin goes to no backend.
            OwnRoute("/admin", for: .admins) { .now(.notFound($0.path)) },
            OwnRoute("/admin/*", for: .admins) { .now(.notFound($0.path)) },
        ])
    }
}
