// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A file of the page at `/dashboard`. It is part of the binary: nothing beside it is needed to serve it.
package struct PageFile: Sendable {
    /// The path it is served at.
    package let path: String
    /// Its `Content-Type`.
    package let contentType: String
    /// What is in it, as it is sent.
    package let text: String

    private static let style = "text/css; charset=utf-8"
    private static let script = "text/javascript; charset=utf-8"

    /// All files.
    package static let all = [
        PageFile("/dashboard", "text/html; charset=utf-8", PackageResources.dashboard_html),
        PageFile("/dashboard/dashboard.css", Self.style, PackageResources.dashboard_css),
        PageFile(script: "app", PackageResources.app_js),
        PageFile(script: "tools", PackageResources.tools_js),
        PageFile(script: "signin", PackageResources.signin_js),
        PageFile(script: "charts", PackageResources.charts_js),
        PageFile(script: "table", PackageResources.table_js),
        PageFile(script: "history", PackageResources.history_js),
        PageFile(script: "quotas", PackageResources.quotas_js),
        PageFile(script: "overview", PackageResources.overview_js),
        PageFile(script: "models", PackageResources.models_js),
        PageFile(script: "model", PackageResources.model_js),
        PageFile(script: "fleet", PackageResources.fleet_js),
        PageFile(script: "requests", PackageResources.requests_js),
        PageFile(script: "clients", PackageResources.clients_js),
        PageFile(script: "events", PackageResources.events_js),
        PageFile(script: "usage", PackageResources.usage_js),
        PageFile(script: "batches", PackageResources.batches_js),
    ]

    private init(_ path: String, _ contentType: String, _ bytes: [UInt8]) {
        self.path = path
        self.contentType = contentType
        let text = String(decoding: bytes, as: UTF8.self)
        switch contentType {
        case Self.style: self.text = Self.compactStyle(Self.compact(text))
        case Self.script: self.text = Self.compact(text)
        default: self.text = text
        }
    }

    private init(script name: String, _ bytes: [UInt8]) {
        self.init("/dashboard/\(name).js", Self.script, bytes)
    }

    /// A style without the blanks around the punctuation of rules.
    private static func compactStyle(_ text: String) -> String {
        [" {", "{ ", "; ", ": ", " }", ", "].reduce(text) { text, blank in
            text.replacing(blank, with: blank.filter { $0 != " " })
        }
        .replacing("\n", with: "")
    }

    /// A script or a style without indentation, and without the comments that have lines of their own.
    private static func compact(_ text: String) -> String {
        var isComment = false
        var kept: [Substring] = []
        for line in text.split(separator: "\n") {
            let line = line.drop { $0 == " " }
            if !isComment {
                isComment = line.hasPrefix("/*")
                if !isComment, !line.hasPrefix("//") { kept.append(line) }
            }
            if line.hasSuffix("*/") { isComment = false }
        }
        return kept.joined(separator: "\n")
    }
}
