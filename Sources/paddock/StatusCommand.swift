// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockClient

/// `paddock status`: what the gateway is doing.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show models, queues, backends and memory of a running gateway.",
        discussion: """
            What is wrong now comes first, the worst at the top. ACTIVE is out of the slots on all healthy backends, QUEUED out of the places in the queue; totals are since \
            the start or the last reset. A narrow terminal shows fewer columns. With --exit-status it ends with 1 if something \
            is critical: for scripts and health checks.
            """
    )

    @Flag(help: "End with 1 if something is critical.")
    var exitStatus = false

    @OptionGroup
    var options: CommandOptions

    func run() async throws {
        let gateway = RemoteGateway(url: try self.options.admin.gateway.server(), token: try self.options.admin.token())
        let reading = try await GatewayReading.take(from: gateway)
        try self.options.output.print(.status(reading, url: gateway.url))
        if self.exitStatus, reading.troubles.map({ $0.critical > 0 }) ?? (reading.health.status == "degraded") {
            throw ExitCode(ExitStatus.trouble.rawValue)
        }
    }
}
