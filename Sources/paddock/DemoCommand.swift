// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOCore
import PaddockConfiguration
import PaddockServer
import PaddockSimulator
import UnixSignals

/// `paddock demo`: gateway and simulated Ollama in one process, with a gentle mixed load.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run the gateway in front of a simulated Ollama, with a light load.",
        discussion: "It uses real sockets and the real proxy path. Stop it with Ctrl-C."
    )

    @Option(help: "Port of the gateway; 0 takes a free one.")
    var port = 8080

    @Option(help: "Port of the simulated Ollama; 0 takes a free one.")
    var simPort = 0

    @Flag(inversion: .prefixedNo, help: "Send requests of its own.")
    var load = true

    func validate() throws {
        for (name, port) in [("--port", self.port), ("--sim-port", self.simPort)] where !(0...65_535).contains(port) {
            throw ValidationError("\(name) must be from 0 to 65535")
        }
    }

    func run() async throws {
        OpenFileLimit.raise()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        var simulated = SimulatorOptions()
        simulated.port = self.simPort
        simulated.numParallel = 2
        let simulator: Simulator
        do {
            simulator = try await Simulator.start(simulated)
        } catch {
            StandardError.say("paddock demo: \(error)")
            throw ExitCode(69)
        }
        var configuration = Configuration()
        configuration.port = self.port
        configuration.parallelLimit = .count(2)
        configuration.queueLimit = 16
        // Its own load would fill the terminal.
        configuration.accessLog = .off
        configuration.backends = [DeclaredBackend(BackendURL(host: simulator.host, port: simulator.port))]
        let server = try await ServeCommand.start(configuration)
        StandardError.say(Self.banner(server, simulator))
        let load = self.load ? DemoLoad(port: server.address.port ?? self.port) : nil
        let loading = Task { await load?.run() }
        var iterator = signals.makeAsyncIterator()
        _ = await iterator.next()
        loading.cancel()
        await server.shutDown()
        await simulator.shutDown()
    }

    private static func banner(_ server: PaddockServer, _ simulator: Simulator) -> String {
        let url = server.report.url
        // As it was started: from a checkout it is in no search path.
        let program = CommandLine.arguments.first ?? "paddock"
        return """
            \(server.report.text)

            This is a demo: \(simulator.url) is a SIMULATED Ollama without a model. Clients chat with llama2 and mistral,
            and from time to time a batch makes llama2's queue grow. In another terminal:

              \(program) top --url \(url)
              curl -s \(url)/queue/stats
              watch -n 1 'curl -s \(url)/queue/stats | jq .models'
              curl \(url)/api/generate -d '{"model":"llama2","prompt":"Hello"}'
              curl -X POST \(url)/admin/queue/update -H "Content-Type: application/json" \\
                -d '{"model": "llama2", "parallel_limit": 4}'

            Press Ctrl-C to stop.
            """
    }
}
