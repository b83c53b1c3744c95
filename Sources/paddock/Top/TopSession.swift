// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockSystem
import Synchronization
import UnixSignals

/// `paddock top` on a terminal: carries out what the screen decides.
struct TopSession {
    /// The open view, which the task that reads looks at.
    private final class ViewBox: Sendable {
        private let view = Mutex(TopView.models)

        var value: TopView { self.view.withLock { $0 } }

        func set(_ view: TopView) { self.view.withLock { $0 = view } }
    }

    let gateway: RemoteGateway
    let interval: Duration
    let start: ContinuousClock.Instant
    /// What the screen shows, for the next reading.
    private let view = ViewBox()

    /// - Parameters:
    ///   - gateway: the gateway that is watched.
    ///   - interval: the time between two readings.
    ///   - start: when the first was taken.
    init(gateway: RemoteGateway, interval: Duration, start: ContinuousClock.Instant) {
        (self.gateway, self.interval, self.start) = (gateway, interval, start)
    }

    /// What the loop below waits for.
    private enum Input: Sendable {
        case screen(TopScreen.Event)
        case end
    }

    /// Shows the screen until the user quits or a signal ends it.
    func run(_ screen: inout TopScreen) async throws(CommandFailure) {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigquit, .sigwinch)
        let (inputs, continuation) = AsyncStream<Input>.makeStream()
        let mode = TerminalMode()
        try mode.enter()
        defer { mode.leave() }
        let keyboard = Keyboard(
            onKey: { continuation.yield(.screen(.key($0))) },
            onEnd: { continuation.yield(.end) }
        )
        let reading = Task { await self.read(continuation) }
        let listening = Task { await Self.listen(signals, continuation) }
        defer {
            keyboard.stop()
            reading.cancel()
            listening.cancel()
        }
        try Self.draw(screen)
        for await input in inputs {
            guard case .screen(let event) = input else { return }
            let before = screen.view
            defer {
                if screen.view != before {
                    self.view.set(screen.view)
                    Task { await self.readList(continuation) }
                }
            }
            switch screen.handle(event) {
            case .quit:
                return
            case .suspend:
                mode.leave()
                // Not kill: another thread could take that signal, and this one would draw once more.
                raise(SIGSTOP)
                try mode.enter()
            case .change(let change):
                Task { continuation.yield(.screen(.changed(await self.change(change)))) }
            case nil:
                break
            }
            try Self.draw(screen)
        }
    }

    private func read(_ continuation: AsyncStream<Input>.Continuation) async {
        while (try? await Task.sleep(for: self.interval)) != nil {
            do throws(CommandFailure) {
                let reading = try await GatewayReading.take(from: self.gateway)
                continuation.yield(.screen(.reading(reading, at: ContinuousClock.now - self.start)))
                await self.readList(continuation)
            } catch {
                continuation.yield(.screen(.unreachable(error.reason)))
            }
        }
    }

    /// Asks what only the open view shows.
    private func readList(_ continuation: AsyncStream<Input>.Continuation) async {
        let view = self.view.value
        guard view == .requests || view == .clients else { return }
        continuation.yield(.screen(.list(await TopList.take(view, from: self.gateway), view)))
    }

    private static func listen(
        _ signals: UnixSignalsSequence,
        _ continuation: AsyncStream<Input>.Continuation
    ) async {
        for await signal in signals {
            if signal == .sigwinch {
                if let size = TerminalSize.ofStandardOutput() { continuation.yield(.screen(.resized(size))) }
            } else {
                continuation.yield(.end)
            }
        }
    }

    /// Sets a limit, once what answers has shown again that it is Paddock.
    private func change(_ change: LimitChange) async -> String {
        do throws(CommandFailure) {
            _ = try await self.gateway.health()
            let reply = try await self.gateway.update(change).value
            return "\(reply.model): \(reply.parallelLimit) at once, \(reply.queueLimit) may wait"
        } catch {
            return error.message
        }
    }

    private static func draw(_ screen: TopScreen) throws(CommandFailure) {
        // Line by line over what stands there: clearing first would flicker.
        let lines = screen.lines().map { "\u{1B}[2K" + $0.terminalText }.joined(separator: "\r\n")
        try StandardOutput.write("\u{1B}[H\(lines)\u{1B}[J")
    }
}
