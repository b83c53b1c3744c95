// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOPosix
import PaddockBase
import PaddockClient
import PaddockSystem
import UnixSignals

/// `paddock top`: the queues, live.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch models and queues live; change a limit with a key.",
        discussion: """
            Keys: q quits; 1 to 4 show models, the fleet, requests and clients; / filters by name; the arrow keys select a \
            model; p sets its parallel limit, l its queue limit; + and - change the parallel limit by one, and each change \
            asks first; s and S select the column to sort by, r reverses the order; ? explains the keys.

            Without a terminal it prints one table per interval.
            """
    )

    @Option(help: ArgumentHelp("Seconds between two readings, 0.1 to 3600.", valueName: "seconds"))
    var interval = 1.0

    @Flag(help: "Print one table, with the rates over one interval, and end.")
    var once = false

    @OptionGroup
    var options: CommandOptions

    func validate() throws {
        guard (0.1...3600).contains(self.interval) else {
            throw ValidationError("--interval must be from 0.1 to 3600")
        }
    }

    func run() async throws {
        let gateway = RemoteGateway(url: try self.options.admin.gateway.server(), token: try self.options.admin.token())
        // Somebody who mistyped the address wants to hear of it; only later on is silence something to wait out.
        let first = try await GatewayReading.take(from: gateway)
        let size = TerminalSize.ofStandardOutput()
        var screen = TopScreen(
            url: gateway.url,
            size: size ?? TerminalSize(columns: 80, rows: 24),
            isPlain: !TerminalText.isUTF8
        )
        let start = ContinuousClock.now
        _ = screen.handle(.reading(first, at: .zero))
        if size != nil, isatty(STDIN_FILENO) == 1, !self.once, !self.options.output.json {
            try await TopSession(gateway: gateway, interval: .seconds(self.interval), start: start).run(&screen)
        } else {
            try await self.snapshots(gateway, &screen, start)
        }
    }

    /// A table for each interval, until the process is ended.
    private func snapshots(_ gateway: RemoteGateway, _ screen: inout TopScreen, _ start: ContinuousClock.Instant)
        async throws
    {
        repeat {
            try await Task.sleep(for: .seconds(self.interval))
            do throws(CommandFailure) {
                let reading = try await GatewayReading.take(from: gateway)
                let wasAway = screen.trouble != nil
                _ = screen.handle(.reading(reading, at: ContinuousClock.now - start))
                if wasAway { StandardError.say("paddock: \(gateway.url) answers again") }
                let blocks = screen.snapshotBlocks() + (self.once ? [] : [.text("")])
                try self.options.output.print(Report(blocks: blocks, json: reading.json(url: gateway.url)))
            } catch {
                if self.once || error.status == .outputError { throw error }
                if screen.trouble == nil {
                    StandardError.say("paddock: \(gateway.url) is not reachable, retrying: \(error.reason)")
                }
                _ = screen.handle(.unreachable(error.reason))
            }
        } while !self.once
    }
}
