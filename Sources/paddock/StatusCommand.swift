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
            ACTIVE is out of the slots on all healthy backends, QUEUED out of the places in the queue; totals are since \
            the start or the last reset. A narrow terminal shows fewer columns.
            """
    )

    @OptionGroup
    var gateway: GatewayOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let gateway = RemoteGateway(url: try self.gateway.server())
        let reading = try await GatewayReading.take(from: gateway)
        try self.output.print(.status(reading, url: gateway.url))
    }
}
