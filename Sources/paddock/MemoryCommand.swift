// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockBase

/// `paddock memory`: what the gateway's machine has, and what limits fit it.
struct MemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Show the memory of the gateway's machine and the limits that fit it."
    )

    @OptionGroup
    var gateway: GatewayOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let gateway = RemoteGateway(url: try self.gateway.server())
        _ = try await gateway.health()
        let reading: RemoteGateway.Reading<MemoryReply> = try await gateway.ask("/queue/memory")
        try self.output.print(Report(blocks: Self.blocks(reading.value), json: reading.json))
    }

    /// The memory as a table, and what follows from it.
    static func blocks(_ memory: MemoryReply) -> [Report.Block] {
        let table = Table(
            [
                Table.Column(title: "MEMORY", alignment: .left), Table.Column(title: "GiB"),
                Table.Column(title: "SHARE"),
            ],
            rows: [
                ["total", NumberText.decimals(memory.totalGb, 1), ""],
                ["used", NumberText.decimals(memory.usedGb, 1), NumberText.decimals(memory.percent, 1) + " %"],
                [
                    "available", NumberText.decimals(memory.availableGb, 1),
                    NumberText.decimals(100 - memory.percent, 1) + " %",
                ],
            ]
        )
        let recommended = memory.recommended
        return [
            .table(table),
            .text("auto is \(memory.recommendedParallel) at once now, by the available memory."),
            .text(
                "Recommended by the total memory (profile \(recommended.profile.escapedForTerminal)): "
                    + "OLLAMA_NUM_PARALLEL=\(recommended.ollamaNumParallel) "
                    + "OLLAMA_MAX_QUEUE=\(recommended.ollamaMaxQueue)"
            ),
        ]
    }
}
