// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOCore
import PaddockConfiguration
import PaddockServer
import PaddockSimulator
import UnixSignals

/// `paddock demo`: gateway and two simulated Ollamas in one process, with a light mixed load.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Watch a fleet work: the gateway in front of two simulated Ollamas, under a light load.",
        discussion: """
            Four models are in use, and each host has memory for two. Now and then the demo prints how many models the \
            hosts have loaded per minute; compare it with --fleet off. It uses real sockets and the real proxy path. \
            Ctrl-C stops it.
            """
    )

    /// Whether the hosts are scheduled as one machine.
    enum Fleet: String, ExpressibleByArgument, CaseIterable {
        case on
        case off
    }

    @Option(help: "Port of the gateway; 0 takes a free one.")
    var port = 8080

    @Option(help: "Port of the first simulated Ollama, the second takes the next one; 0 takes free ones.")
    var simPort = 0

    @Option(help: "off: the gateway does not care which models are loaded, and the hosts swap (swap: off).")
    var fleet = Fleet.on

    @Flag(inversion: .prefixedNo, help: "Send requests of its own.")
    var load = true

    func validate() throws {
        if !(0...65_535).contains(self.port) { throw ValidationError("--port must be from 0 to 65535") }
        if !(0...65_534).contains(self.simPort) { throw ValidationError("--sim-port must be from 0 to 65534") }
    }

    func run() async throws {
        OpenFileLimit.raise()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        var hosts: [Simulator] = []
        do {
            for number in 0..<2 { hosts.append(try await Simulator.start(self.hostOptions(number))) }
        } catch {
            StandardError.say("paddock demo: \(error)")
            throw ExitCode(69)
        }
        let server = try await ServeCommand.start(
            self.configuration(hosts),
            origins: ValueOrigins(["ollama_num_parallel": "demo", "ollama_max_queue": "demo"])
        )
        StandardError.say(self.banner(server, hosts))
        let load = self.load ? DemoLoad(port: server.address.port ?? self.port) : nil
        let meter = DemoMeter(hosts: hosts)
        let loading = Task { await load?.run() }
        let metering = Task { await meter.run() }
        var iterator = signals.makeAsyncIterator()
        _ = await iterator.next()
        loading.cancel()
        metering.cancel()
        await server.shutDown()
        for host in hosts { await host.shutDown() }
    }

    /// Room for two of the models of the load.
    private static let memory = 8 << 30

    private func hostOptions(_ number: Int) -> SimulatorOptions {
        var options = SimulatorOptions()
        options.port = self.simPort == 0 ? 0 : self.simPort + number
        options.numParallel = 2
        options.memory = Int64(Self.memory)
        return options
    }

    private func configuration(_ hosts: [Simulator]) -> Configuration {
        var configuration = Configuration()
        configuration.port = self.port
        configuration.parallelLimit = .count(2)
        configuration.queueLimit = 16
        // Its own load would fill the terminal.
        configuration.accessLog = .off
        // It should leave nothing behind.
        configuration.state = .off
        configuration.fleet.swapping = self.fleet == .on ? .auto : .off
        configuration.backends = hosts.map { host in
            var backend = DeclaredBackend(BackendURL(host: host.host, port: host.port))
            backend.memory = Self.memory
            return backend
        }
        return configuration
    }

    private func banner(_ server: PaddockServer, _ hosts: [Simulator]) -> String {
        let url = server.report.url
        // As it was started: from a checkout it is in no search path.
        let program = CommandLine.arguments.first ?? "paddock"
        let isOn = self.fleet == .on
        return """
            \(server.report.text)

            This is a demo: the backends are SIMULATED Ollamas without a model. Each has memory for two of the four models
            that people chat with, and sometimes a batch fills llama2's queue. The fleet is \(self.fleet.rawValue): \
            \(isOn ? "models stay where they are loaded" : "each host swaps models as requests come").
            Compare with: \(program) demo --fleet \(isOn ? Fleet.off.rawValue : Fleet.on.rawValue)
            In another terminal:

              \(program) top --url \(url)
              curl -s \(url)/queue/stats
              curl -s \(hosts[0].url)/sim/stats
              watch -n 1 'curl -s \(url)/queue/stats | jq .models'
              curl \(url)/api/generate -d '{"model":"llama2","prompt":"Hello"}'
              curl -X POST \(url)/admin/queue/update -H "Content-Type: application/json" \\
                -d '{"model": "llama2", "parallel_limit": 4}'

            Press Ctrl-C to stop.
            """
    }
}
