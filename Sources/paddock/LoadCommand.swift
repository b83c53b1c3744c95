// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockClient
import PaddockServer
import UnixSignals

/// `paddock load`: requests, and what becomes of them.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Send requests to Paddock, to an Ollama or to paddock sim, and measure the answers.",
        discussion: """
            With --concurrency a fixed number of requests runs at once (closed loop). With --rate requests are sent at \
            random moments, whatever the server does (open loop), and times count from when a request was due. After \
            --duration nothing more is sent, and active requests may end; Ctrl-C ends both, and the report follows.

            If the server disappears, the failures are counted and it is tried again. A 503 is counted by its code, and \
            retried only with --retry. Other users of the machine can see the keys of --client on the command line: use \
            keys made for testing.
            """
    )

    @OptionGroup
    var gateway: GatewayOptions

    @Option(
        name: .customLong("model"),
        help: ArgumentHelp(
            "The model. Can be given more than once; =WEIGHT is its share (default: llama2).",
            valueName: "name[=weight]"
        )
    )
    var models: [String] = []

    @Option(help: "The API to use.")
    var api = LoadAPI.generate

    @Flag(inversion: .prefixedNo, help: "Ask for streams.")
    var stream = true

    @Option(name: .shortAndLong, help: ArgumentHelp("Requests at once (default: 8).", valueName: "number"))
    var concurrency: Int?

    @Option(name: .shortAndLong, help: ArgumentHelp("Requests due per second.", valueName: "number"))
    var rate: Double?

    @Option(help: ArgumentHelp("With --rate: the most requests at once; others are not sent.", valueName: "number"))
    var maxOutstanding = 10_000

    @Option(name: .shortAndLong, help: ArgumentHelp("How long to send, such as 30s (default: 10s).", valueName: "time"))
    var duration: String?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("How many requests to send.", valueName: "number"))
    var requests: Int?

    @Option(help: ArgumentHelp("How long one answer may take.", valueName: "time"))
    var timeout = "300s"

    @Option(help: ArgumentHelp("How often to retry after a 503 with Retry-After.", valueName: "number"))
    var retry = 0

    @Option(help: ArgumentHelp("The length of the prompts.", valueName: "words"))
    var promptWords = 32

    @Option(help: ArgumentHelp("The most tokens of an answer.", valueName: "number"))
    var numPredict = 64

    @Option(
        name: .customLong("client"),
        help: ArgumentHelp(
            """
            Send as this client; several take turns. With a key it is sent as Authorization: Bearer; an IP address \
            without one as X-Forwarded-For, another name as X-Forwarded-User.
            """,
            valueName: "name[:key]"
        )
    )
    var clients: [String] = []

    @Option(
        name: .customLong("header"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A field of every request, such as 'X-Request-Timeout: 10'.", valueName: "name: value")
    )
    var headers: [String] = []

    @Option(name: .customLong("class"), help: "interactive or batch (sends Priority: u=6).")
    var priorityClass = LoadClass.interactive

    @Option(help: ArgumentHelp("The same seed gives the same requests and moments.", valueName: "number"))
    var seed: UInt64 = 1

    @OptionGroup
    var output: OutputOptions

    func validate() throws { _ = try self.plan(url: ServerURL(host: "localhost", port: 80)) }

    func run() async throws {
        OpenFileLimit.raise()
        let plan = try self.plan(url: try self.gateway.server())
        let run = LoadRun(plan)
        do throws(HTTPFailure) {
            try await run.connect()
        } catch {
            let reason = if case .unreachable(let reason) = error { reason } else { "no answer" }
            throw CommandFailure(.unavailable, "\(plan.url) cannot be reached (\(reason))")
        }
        let elapsed = await LoadSession(run: run).run()
        let tally = run.progress.tally
        try self.output.print(.load(plan, tally, elapsed: elapsed))
        guard tally.hasAnswer || tally.all.ended == 0 else {
            throw CommandFailure(.unavailable, "\(plan.url) has answered no request")
        }
    }
}

/// The class that `paddock load` asks for.
enum LoadClass: String, CaseIterable, ExpressibleByArgument {
    case interactive, batch
}
