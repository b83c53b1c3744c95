// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockBase
import PaddockConfiguration
import PaddockServer

/// `paddock set`: the limits of one model, while the gateway runs.
struct SetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change the limits of one model at run time.",
        discussion: """
            A higher limit starts waiting requests; a lower one lets active requests end. A shorter queue drops no request \
            that already waits.
            """
    )

    @Argument(help: "The model; it need not have been used yet.")
    var model: String

    @Option(help: ArgumentHelp("Requests of the model that may be active on each backend.", valueName: "number"))
    var parallel: Int?

    @Option(help: ArgumentHelp("Requests of the model that may wait.", valueName: "number"))
    var queue: Int?

    @OptionGroup
    var options: CommandOptions

    func validate() throws {
        guard self.parallel != nil || self.queue != nil else {
            throw ValidationError("give --parallel, --queue or both")
        }
        try Self.check(self.parallel, "--parallel", DeclaredModel.parallelRange)
        try Self.check(self.queue, "--queue", DeclaredModel.queueRange)
    }

    private static func check(_ limit: Int?, _ name: String, _ range: ClosedRange<Int>) throws {
        guard let limit, !range.contains(limit) else { return }
        throw ValidationError("\(name) must be from \(range.lowerBound) to \(range.upperBound)")
    }

    func run() async throws {
        let change = LimitChange(model: self.model, parallel: self.parallel, queue: self.queue)
        let gateway = try await self.options.admin.paddock()
        let before: RemoteGateway.Reading<StatsReply> = try await gateway.ask("/queue/stats")
        let reading = try await gateway.update(change)
        let reply = reading.value
        let line =
            "\(reply.model): \(reply.parallelLimit) at once on each backend, \(reply.queueLimit) may wait"
            .escapedForTerminal
        let back = Self.wayBack(from: reply, to: before.value).map { [Report.Block.text($0.escapedForTerminal)] } ?? []
        try self.options.output.print(Report(blocks: [.text(line)] + back, json: reading.json))
    }

    /// What the limits were, and the command that sets them back; nil if nothing has changed.
    static func wayBack(from reply: UpdateReply, to before: StatsReply) -> String? {
        let model = before.models[reply.model]
        let parallel = model?.parallelLimit ?? before.defaultParallel
        let queue = model?.queueLimit ?? before.defaultQueueLimit
        var flags: [String] = []
        if parallel != reply.parallelLimit { flags.append("--parallel \(parallel)") }
        if queue != reply.queueLimit { flags.append("--queue \(queue)") }
        guard !flags.isEmpty else { return nil }
        return
            "it was \(parallel) at once, \(queue) may wait: paddock set \(reply.model) \(flags.joined(separator: " ")) sets it back"
    }
}
