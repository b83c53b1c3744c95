// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A file of the page at `/dashboard`. It is part of the binary: nothing beside it is needed to serve it.
package struct PageFile: Sendable {
    /// The path it is served at.
    package let path: String
    /// Its `Content-Type`.
    package let contentType: String
    /// What is in it.
    package let text: String

    /// All files.
    package static let all = [
        PageFile("/dashboard", "text/html; charset=utf-8", PackageResources.dashboard_html),
        PageFile("/dashboard/dashboard.css", "text/css; charset=utf-8", PackageResources.dashboard_css),
        PageFile("/dashboard/dashboard.js", "text/javascript; charset=utf-8", PackageResources.dashboard_js),
        PageFile("/dashboard/charts.js", "text/javascript; charset=utf-8", PackageResources.charts_js),
        PageFile("/dashboard/table.js", "text/javascript; charset=utf-8", PackageResources.table_js),
        PageFile("/dashboard/admin.js", "text/javascript; charset=utf-8", PackageResources.admin_js),
        PageFile("/dashboard/usage.js", "text/javascript; charset=utf-8", PackageResources.usage_js),
        PageFile("/dashboard/jobs.js", "text/javascript; charset=utf-8", PackageResources.jobs_js),
        PageFile("/dashboard/views.js", "text/javascript; charset=utf-8", PackageResources.views_js),
    ]

    private init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
        self.path = path
        self.contentType = contentType
        self.text = String(decoding: bytes, as: UTF8.self)
    }
}
