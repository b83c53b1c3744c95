// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
package import Logging
package import PaddockConfiguration
package import PaddockStore
internal import PaddockSystem
internal import Synchronization

/// What operators set at run time: in memory, and in the store if there is one.
package final class OperatorSettings: Sendable {
    /// What is done when a setting is gone, or one was set that only takes effect so: its key, and the configuration before and after.
    typealias WhenChanged = @Sendable (OperatorKey, _ before: Configuration, _ after: Configuration) async -> Void

    private struct State {
        /// The configuration as it was loaded.
        var configuration: Configuration
        var settings: [OperatorKey: StoredSetting] = [:]
        var whenChanged: WhenChanged?

        /// In the order of the keys.
        var all: [OperatorSetting] {
            self.settings.map { OperatorSetting(key: $0, stored: $1) }.sorted { $0.stored.key < $1.stored.key }
        }
    }

    private let state: Mutex<State>
    private let store: Store?
    private let logger: Logger?
    private let queue = DispatchQueue(label: "paddock-settings")

    /// - Parameters:
    ///   - configuration: the configuration as it was loaded. Settings of which it says something else than when they were made end.
    ///   - stored: what the store has. Defaults to nothing.
    ///   - store: where settings are kept. Defaults to nil: they end with the process.
    ///   - logger: gets a message if a setting ends, or cannot be kept. Defaults to nil.
    package init(
        _ configuration: Configuration,
        stored: [StoredSetting] = [],
        store: Store? = nil,
        logger: Logger? = nil
    ) {
        self.store = store
        self.logger = logger
        self.state = Mutex(State(configuration: configuration))
        self.state.withLock { state in
            for setting in OperatorSetting.holding(stored, beside: configuration) {
                state.settings[setting.key] = setting.stored
            }
        }
        let held = Set(self.all.map(\.stored.key))
        for setting in stored where !held.contains(setting.key) { self.end(setting.key) }
    }

    /// What holds, in the order of the keys.
    package var all: [OperatorSetting] {
        self.state.withLock { $0.all }
    }

    /// The configuration with what holds in place of what it says.
    package var configuration: Configuration {
        self.state.withLock { $0.configuration.applying($0.all) }
    }

    /// The configuration as it was loaded.
    var loaded: Configuration { self.state.withLock { $0.configuration } }

    /// The URLs of the backends that are drained.
    var drained: [BackendURL] {
        self.all.compactMap { setting in
            guard case .backend(let url) = setting.key, setting.stored.value == "draining" else { return nil }
            return url
        }
    }

    /// Says what is done when a setting is gone.
    func start(_ whenChanged: @escaping WhenChanged) { self.state.withLock { $0.whenChanged = whenChanged } }

    /// A configuration was loaded anew: settings of which it says something else now end.
    ///
    /// - Returns: the configuration with what still holds in place of what it says.
    func reloaded(_ configuration: Configuration) -> Configuration {
        let ended = self.state.withLock { state in
            state.configuration = configuration
            let ended = state.settings.filter { $0.key.configured(in: configuration) != $0.value.configured }
            for key in ended.keys { state.settings[key] = nil }
            return ended.values.map(\.key)
        }
        for key in ended.sorted() { self.end(key) }
        return self.configuration
    }

    /// Keeps what an operator has set. What is set to what the configuration says is no setting.
    ///
    /// - Parameters:
    ///   - values: the values.
    ///   - done: called once they are kept, or cannot be.
    func set(_ values: [(key: OperatorKey, value: String)], then done: @escaping @Sendable () -> Void) {
        let now = WallClock.secondsSince1970()
        let changes = self.state.withLock { state in
            values.map { key, value in
                let configured = key.configured(in: state.configuration)
                let setting = StoredSetting(key: "\(key)", value: value, configured: configured, setAt: now)
                state.settings[key] = value == configured ? nil : setting
                return setting
            }
        }
        self.write(then: done) { (store) throws(StoreError) in
            for setting in changes {
                if setting.value == setting.configured {
                    try store.removeSetting(setting.key)
                } else {
                    try store.keep(setting)
                }
            }
        }
    }

    /// Sets something that the gateway takes over as a part of its configuration.
    ///
    /// - Returns: what it was before; once the change is kept, or cannot be.
    func change(_ key: OperatorKey, to value: String) async -> String {
        let before = self.configuration
        let (kept, done) = AsyncStream<Void>.makeStream()
        self.set([(key, value)]) { done.finish() }
        await self.state.withLock { $0.whenChanged }?(key, before, self.configuration)
        for await _ in kept {}
        return key.configured(in: before)
    }

    /// Removes a setting, so that what the configuration says holds again.
    ///
    /// - Returns: whether there was one.
    func unset(_ key: OperatorKey) async -> Bool {
        let with = self.configuration
        let (wasSet, whenChanged) = self.state.withLock { state in
            (state.settings.removeValue(forKey: key) != nil, state.whenChanged)
        }
        guard wasSet else { return false }
        await whenChanged?(key, with, self.configuration)
        await withCheckedContinuation { continuation in
            self.write(then: { continuation.resume() }) { (store) throws(StoreError) in
                try store.removeSetting("\(key)")
            }
        }
        return true
    }

    /// What a setting was made in place of.
    func configured(_ key: OperatorKey) -> String {
        self.state.withLock { key.configured(in: $0.configuration) }
    }

    private func end(_ key: String) {
        self.logger?.info(
            "a setting made at run time has ended, as the configuration says something else of it now",
            metadata: ["key": "\(key)"]
        )
        self.write(then: {}) { (store) throws(StoreError) in try store.removeSetting(key) }
    }

    private func write(
        then done: @escaping @Sendable () -> Void,
        _ change: @escaping @Sendable (Store) throws(StoreError) -> Void
    ) {
        guard let store = self.store else { return done() }
        self.queue.async {
            do throws(StoreError) {
                try change(store)
            } catch {
                self.logger?.warning(
                    "a setting made at run time is not kept over a restart",
                    metadata: ["reason": "\(error.reason)"]
                )
            }
            done()
        }
    }
}
