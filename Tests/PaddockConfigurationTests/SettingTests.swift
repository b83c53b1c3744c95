// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PaddockConfiguration

@Suite("The table of settings")
struct SettingTests {
    private func project(_ path: String) throws -> String {
        let project = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: project.appending(path: path), encoding: .utf8)
    }

    @Test("Every property of the configuration has a setting")
    func everyProperty() {
        let configuration = Configuration()
        let fleet = Mirror(reflecting: configuration.fleet).children.count
        let cluster = Mirror(reflecting: configuration.clusterKeys).children.count
        #expect(Mirror(reflecting: configuration).children.count - 2 + fleet + cluster == Setting.all.count)
    }

    @Test("Every name in the table is there once")
    func names() {
        let names = Setting.all.flatMap { [$0.key] + [$0.flag].compactMap(\.self) + $0.variables.map(\.name) }
        #expect(Set(names).count == names.count)
        #expect(Setting.all.allSatisfy { $0.summary.hasSuffix(".") && $0.flag?.hasPrefix("--") != false })
    }

    @Test("A reload finds a change of any key", arguments: Setting.all.map(\.key))
    func changes(key: String) throws {
        let values = [
            "host": "::1", "port": "1", "backends": "[http://a]", "models": "{a: {queue_limit: 1}}", "admin_token": "a",
            "view_token": "a", "dashboard": "off",
            "clients": "{a: {key: b}}", "require_key": "true", "protect_models": "true", "forwarded": "rfc7239",
            "fairness": "off", "fairness_by": "tokens", "swap": "off", "swap_unload": "off", "learn_parallel": "off",
            "trace": "a",
            "access_log": "json", "log_refusals": "each", "log_level": "debug", "open_routes": "/a",
            "cluster.store": "redis://a", "cluster.listen": "127.0.0.1:1", "cluster.advertise": "a:1",
            "cluster.when_alone": "stop",
            "queued_routes": "/a", "cors_origins": "app://a", "trusted_proxies": "::1", "identity_headers": "a",
        ]
        let clients = key == "require_key" ? "clients: {a: {key: b}}\n" : ""
        let changed = try load(clients + "\(key): \(values[key] ?? "7")").configuration
        let other = try load(clients).configuration
        #expect(changed.changes(since: other).map(\.key) == [key])
    }

    @Test("deploy/paddock.yaml is made from the table, and its lines, uncommented, are the defaults")
    func exampleFile() throws {
        let file = try self.project("deploy/paddock.yaml")
        #expect(file == SettingDocuments.file, "paddock check-config --defaults > deploy/paddock.yaml")
        let unset = ["#admin_token", "#view_token", "#trace", "#  store", "#  secret_file"]
        let lines = file.split(separator: "\n").filter { line in
            line.hasPrefix("#") && (!line.hasPrefix("# ") || line.hasPrefix("#  "))
                && !unset.contains { line.hasPrefix($0) }
        }
        #expect(lines.count == Setting.all.count - unset.count + Setting.maps.count)
        #expect(try load(lines.map { $0.dropFirst() + "\n" }.joined()).configuration == Configuration())
    }

    @Test("The contract's table of keys is made from the table")
    func contract() throws {
        #expect(try self.project("docs/contract.md").contains(SettingDocuments.table), "paddock check-config --table")
    }

    @Test("Examples are values that the file may hold", arguments: Setting.all.filter { $0.example != nil }.map(\.key))
    func examples(key: String) throws {
        let example = try #require(Setting.named(key)?.example)
        #expect(refusal("\(key): \(example)") == nil)
    }
}
