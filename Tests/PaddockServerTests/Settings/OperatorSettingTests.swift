// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockConfiguration
import PaddockStore
import PaddockTesting
import Synchronization
import Testing

@testable import PaddockServer

@Suite("What operators set at run time")
struct OperatorSettingTests {
    private static func stored(_ key: String, _ value: String, _ configured: String) -> StoredSetting {
        StoredSetting(key: key, value: value, configured: configured, setAt: 0)
    }

    @Test(
        "A key is read as it is written",
        arguments: [
            "log_level", "backends.http://10.0.0.12:11434", "models.llama2.parallel_limit", "models.a.b:c.queue_limit",
            "models.a.b:c.pinned", "models.parallel_limit.parallel_limit",
        ]
    )
    func key(text: String) throws {
        #expect(try #require(OperatorKey(text)).description == text)
    }

    @Test(
        "Anything else is no key",
        arguments: [
            "", "log", "backends.", "backends.x y", "models..parallel_limit", "models.a", "parallel_limit", "port",
        ]
    )
    func noKey(text: String) {
        #expect(OperatorKey(text) == nil)
    }

    @Test("Settings stand in place of what the configuration says")
    func applied() throws {
        var configuration = Configuration()
        configuration.models = [DeclaredModel(model: "llama2", parallelLimit: 4, queueLimit: 5)]
        configuration.backends.append(DeclaredBackend(try BackendURL("http://b:1")))
        let settings = OperatorSetting.holding(
            [
                Self.stored("log_level", "debug", "info"), Self.stored("models.llama2.parallel_limit", "8", "4"),
                Self.stored("models.qwen3.queue_limit", "9", "default"),
                Self.stored("models.qwen3.pinned", "true", "false"),
                Self.stored("backends.http://b:1", "removed", "open"),
                Self.stored("backends.http://c:1", "draining", "removed"),
                // Of which the configuration says something else now, or which no version knows.
                Self.stored("models.llama2.queue_limit", "7", "6"), Self.stored("unknown", "1", "2"),
            ],
            beside: configuration
        )
        #expect(settings.count == 6)
        let applied = configuration.applying(settings)
        #expect(applied.logLevel == .debug)
        #expect(applied.models.map(\.isPinned) == [false, true])
        #expect(applied.models.map(\.parallelLimit) == [8, nil] && applied.models.map(\.queueLimit) == [5, 9])
        #expect(applied.backends.map(\.url.description) == ["http://127.0.0.1:11434", "http://c:1"])
    }

    @Test("What takes effect as a part of the configuration is told with it, and is kept")
    func changes() async {
        let settings = OperatorSettings(Configuration())
        let told = Mutex<[[Bool]]>([])
        settings.start { _, before, after in
            told.withLock { $0.append([before, after].map { $0.models.first?.isPinned ?? false }) }
        }
        #expect(await settings.change(.pinned("llama2"), to: "true") == "false")
        #expect(await settings.change(.pinned("llama2"), to: "false") == "true")
        #expect(told.withLock { $0 } == [[false, true], [true, false]])
        #expect(settings.all.isEmpty)
    }

    @Test("Without a backend nothing is removed, and bad values change nothing")
    func careful() {
        let settings = OperatorSetting.holding(
            [
                Self.stored("backends.http://127.0.0.1:11434", "removed", "open"),
                Self.stored("log_level", "loud", "info"),
                Self.stored("models.a.parallel_limit", "0", "default"),
            ],
            beside: Configuration()
        )
        #expect(settings.count == 3)
        #expect(Configuration().applying(settings) == Configuration())
    }

    @Test("What is set to what the configuration says is no setting, and a change of the configuration ends one")
    func ends() async {
        let settings = OperatorSettings(Configuration())
        settings.set([(.logLevel, "debug"), (.parallelLimit("llama2"), "3")]) {}
        #expect(settings.all.map(\.stored.key) == ["log_level", "models.llama2.parallel_limit"])
        settings.set([(.logLevel, "info")]) {}
        #expect(settings.all.map(\.stored.value) == ["3"])
        var configuration = Configuration()
        configuration.queueLimit = 1
        #expect(settings.reloaded(configuration).models.map(\.parallelLimit) == [3])
        configuration.models = [DeclaredModel(model: "llama2", parallelLimit: 5)]
        #expect(settings.reloaded(configuration).models.map(\.parallelLimit) == [5])
        #expect(settings.all.isEmpty)
        #expect(await settings.unset(.logLevel) == false)
    }
}
