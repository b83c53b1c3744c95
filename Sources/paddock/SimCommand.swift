// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockConfiguration
import PaddockSimulator
import PaddockSystem
import UnixSignals

/// `paddock sim`: Ollama's API without a model.
struct SimCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sim",
        abstract: "Run a simulated Ollama: its API and its queues, without a model.",
        discussion: """
            For trials, tests and load tests on a machine without Ollama or a GPU. Every reply says that it is simulated.

            If a request offers tools, the answer calls one of them, with arguments that fit its schema, so that agents \
            can be tried. It does not if the conversation has the result of a call after its last question, or if \
            tool_choice says otherwise.

            GET /sim/stats says what it has done: loads, unloads, models that had to make room while they had requests, \
            errors. POST /sim/faults makes it fail, for example {"fault": "hang"}: hang, 500, crash (at the end of an \
            answer), busy, slow (by a factor) or none; "parallel" changes the number of slots.

            OLLAMA_HOST, OLLAMA_NUM_PARALLEL, OLLAMA_MAX_LOADED_MODELS and OLLAMA_MAX_QUEUE count if the flag is not \
            given, and OLLAMA_ORIGINS names web pages that may use it in addition to those of this machine.
            """
    )

    @Option(help: "Address to listen on (default: 127.0.0.1).")
    var host: String?

    @Option(help: "Port to listen on; 0 takes a free one (default: 11434).")
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "Another model to offer, with its size if the name does not say it (llama3:70b). Can be given more than once.",
            valueName: "name[=size]"
        )
    )
    var model: [String] = []

    @Option(help: ArgumentHelp("Prompt tokens read per second.", valueName: "tokens/s"))
    var prefillRate = SimulatorOptions().prefillRate

    @Option(help: ArgumentHelp("Tokens produced per second while one slot is busy.", valueName: "tokens/s"))
    var decodeRate = SimulatorOptions().decodeRate

    @Option(help: ArgumentHelp("How much longer a token takes for each further busy slot.", valueName: "share"))
    var slowdown = SimulatorOptions().slowdown

    @Option(help: ArgumentHelp("Time to load a model.", valueName: "seconds"))
    var loadTime = SimulatorOptions().loadSeconds

    @Option(help: ArgumentHelp("Bytes of a model loaded per second, in place of a fixed time.", valueName: "size"))
    var loadRate: String?

    @Option(help: ArgumentHelp("How much load times vary (log-normal), 0 to 2.", valueName: "share"))
    var jitter = SimulatorOptions().jitter

    @Option(help: ArgumentHelp("Mean length of an answer.", valueName: "tokens"))
    var tokens = SimulatorOptions().meanTokens

    @Option(help: ArgumentHelp("Requests that one model serves at once (default: 1).", valueName: "number"))
    var numParallel: Int?

    @Option(help: ArgumentHelp("Models loaded at once (default: 3).", valueName: "number"))
    var maxLoadedModels: Int?

    @Option(help: ArgumentHelp("Memory for loaded models, such as 24GB (default: no limit).", valueName: "size"))
    var memory: String?

    @Option(help: ArgumentHelp("Requests that may wait for models to be loaded (default: 512).", valueName: "number"))
    var maxQueue: Int?

    @Flag(help: "Let a model that has to make room serve new requests, as Ollama does: steady traffic keeps it loaded.")
    var resurrect = false

    @Flag(help: "As --resurrect, and nothing is loaded any more afterwards (ollama/ollama#17408).")
    var wedge = false

    @Option(
        name: .customLong("options"),
        help: ArgumentHelp(
            "Whether a request that names no options fits any loaded model, or only one with Ollama's defaults, as with Ollama (default: any).",
            valueName: "any|exact"
        )
    )
    var optionsRule: String?

    @Option(help: ArgumentHelp("Context length of requests that name none.", valueName: "tokens"))
    var contextLength = SimulatorOptions().contextLength

    @Option(help: "The same seed and request give the same answer.")
    var seed: UInt64 = SimulatorOptions().seed

    @Flag(
        inversion: .prefixedNo,
        help:
            "Send the end of a stream's chunks after its final event, as Go and llama.cpp do, or in one piece with it."
    )
    var splitEnd = SimulatorOptions().splitsEnd

    @Option(help: ArgumentHelp("Time from a stream's final event to the end of its chunks.", valueName: "seconds"))
    var endDelay = SimulatorOptions().endDelaySeconds

    @Flag(help: "Answer without any delay.")
    var fast = false

    func validate() throws {
        try Self.check(self.port.map { (0...65_535).contains($0) } ?? true, "--port", "from 0 to 65535")
        try Self.check(self.prefillRate > 0 && self.prefillRate.isFinite, "--prefill-rate", "more than 0")
        try Self.check(self.decodeRate > 0 && self.decodeRate.isFinite, "--decode-rate", "more than 0")
        try Self.check(self.slowdown >= 0 && self.slowdown.isFinite, "--slowdown", "0 or more")
        try Self.check(self.loadTime >= 0 && self.loadTime.isFinite, "--load-time", "0 or more")
        try Self.check(self.endDelay >= 0 && self.endDelay.isFinite, "--end-delay", "0 or more")
        try Self.check(self.splitEnd || self.endDelay == 0, "--end-delay", "0 with --no-split-end")
        try Self.check((1...1_000_000).contains(self.tokens), "--tokens", "from 1 to 1000000")
        try Self.check(self.numParallel.map { $0 >= 1 } ?? true, "--num-parallel", "1 or more")
        try Self.check(self.maxLoadedModels.map { $0 >= 1 } ?? true, "--max-loaded-models", "1 or more")
        try Self.check(self.maxQueue.map { $0 >= 1 } ?? true, "--max-queue", "1 or more")
        try Self.check(self.optionsRule.map { OptionsRule(rawValue: $0) != nil } ?? true, "--options", "any or exact")
        try Self.check(self.jitter >= 0 && self.jitter <= 2, "--jitter", "from 0 to 2")
        for (flag, text) in [("--memory", self.memory), ("--load-rate", self.loadRate)] {
            try Self.check(text.map { Self.size($0) != nil } ?? true, flag, Self.sizes)
        }
        for (name, size) in self.model.map(Self.nameAndSize) {
            try Self.check(!name.isEmpty && name.utf8.count <= 256, "--model", "1 to 256 bytes long")
            try Self.check(size.map { Self.size($0) != nil } ?? true, "the size of --model", Self.sizes)
        }
        let contexts = 4...SimulatorOptions.maxContextLength
        let range = "from \(contexts.lowerBound) to \(contexts.upperBound)"
        try Self.check(contexts.contains(self.contextLength), "--context-length", range)
    }

    func run() async throws {
        let options: SimulatorOptions
        do {
            options = try self.options(environment: SystemCall.variable)
        } catch {
            StandardError.say("paddock sim: \(error.message)")
            throw ExitCode(78)
        }
        // Before the port is open: nobody who sees it open can send a signal too early.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let simulator: Simulator
        do {
            simulator = try await Simulator.start(options)
        } catch {
            StandardError.say("paddock sim: \(error)")
            throw ExitCode(69)
        }
        StandardError.say(Self.banner(options, simulator))
        for await _ in signals { break }
        await simulator.shutDown()
    }
}

extension SimCommand {
    /// A value of the environment that is no good.
    struct EnvironmentError: Error {
        let message: String
    }

    /// What a size may be.
    private static let sizes = "from 1MiB to 64TiB, such as 24GB"

    private static func size(_ text: String) -> Int? { ByteCountText.size(text, in: 1 << 20...1 << 46) }

    /// The parts of `name=size`.
    private static func nameAndSize(_ text: String) -> (name: String, size: String?) {
        guard let sign = text.lastIndex(of: "=") else { return (text, nil) }
        return (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }

    private static func check(_ isRight: Bool, _ flag: String, _ wanted: String) throws {
        if !isRight { throw ValidationError("\(flag) must be \(wanted)") }
    }

    /// The flags, then the environment, then the defaults.
    private func options(environment: (String) -> String?) throws(EnvironmentError) -> SimulatorOptions {
        var options = SimulatorOptions()
        if let text = environment("OLLAMA_HOST"), !text.isEmpty {
            (options.host, options.port) = try Self.address(text)
        }
        if let number = try Self.number("OLLAMA_NUM_PARALLEL", environment) { options.numParallel = number }
        if let number = try Self.number("OLLAMA_MAX_LOADED_MODELS", environment) { options.maxLoadedModels = number }
        options.host = self.host ?? options.host
        options.port = self.port ?? options.port
        options.numParallel = self.numParallel ?? options.numParallel
        options.maxLoadedModels = self.maxLoadedModels ?? options.maxLoadedModels
        if let number = try Self.number("OLLAMA_MAX_QUEUE", environment) { options.maxQueue = number }
        options.maxQueue = self.maxQueue ?? options.maxQueue
        options.memory = self.memory.flatMap(Self.size).map(Int64.init)
        options.optionsRule = self.optionsRule.flatMap { OptionsRule(rawValue: $0) } ?? .any
        options.victims = self.wedge ? .wedging : self.resurrect ? .resurrected : .closed
        options.models = self.model.map(Self.nameAndSize).map { name, size in
            SimulatorOptions.Model(name: name, size: size.flatMap(Self.size).map(Int64.init))
        }
        options.prefillRate = self.prefillRate
        options.decodeRate = self.decodeRate
        options.slowdown = self.slowdown
        options.loadSeconds = self.loadTime
        options.loadRate = self.loadRate.flatMap(Self.size).map(Double.init)
        options.jitter = self.jitter
        options.meanTokens = self.tokens
        options.contextLength = self.contextLength
        options.seed = self.seed
        options.isFast = self.fast
        options.splitsEnd = self.splitEnd
        options.endDelaySeconds = self.endDelay
        if let text = environment("OLLAMA_ORIGINS") { options.origins = try Self.origins(text) }
        return options
    }

    /// A number of the environment. Empty, `0` and `auto` leave it to the default, as with Ollama.
    private static func number(
        _ name: String,
        _ environment: (String) -> String?
    ) throws(EnvironmentError) -> Int? {
        guard let text = environment(name), !text.isEmpty, text != "auto", text != "0" else { return nil }
        guard let number = Int(text), number >= 1 else {
            throw EnvironmentError(message: "\(name) is \"\(text)\": it must be a whole number, 1 or more")
        }
        return number
    }

    /// `OLLAMA_ORIGINS`: origins, separated by commas.
    private static func origins(_ text: String) throws(EnvironmentError) -> [String] {
        let origins = text.split(separator: ",").map { $0.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" } }
        for origin in origins
        where !origin.contains("://") && !origin.contains("*") || origin.count(where: { $0 == "*" }) > 1 {
            throw EnvironmentError(
                message:
                    "OLLAMA_ORIGINS has \"\(origin)\": it must be like https://chat.example or https://*.example, or *"
            )
        }
        return origins
    }

    /// `OLLAMA_HOST`: a host, a port, or both, with or without a scheme.
    private static func address(_ text: String) throws(EnvironmentError) -> (host: String, port: Int) {
        var rest = Substring(text)
        if let scheme = ["http://", "https://"].first(where: { rest.hasPrefix($0) }) {
            rest = rest.dropFirst(scheme.count)
        }
        rest = rest.prefix { $0 != "/" }
        var host = rest
        var port: Substring?
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = rest[rest.index(after: rest.startIndex)..<end]
            let behind = rest[rest.index(after: end)...]
            port = behind.hasPrefix(":") ? behind.dropFirst() : nil
        } else if rest.filter({ $0 == ":" }).count == 1, let colon = rest.firstIndex(of: ":") {
            host = rest[..<colon]
            port = rest[rest.index(after: colon)...]
        }
        let number = port.map { Int($0) } ?? SimulatorOptions().port
        guard let number, (0...65_535).contains(number) else {
            throw EnvironmentError(message: "OLLAMA_HOST is \"\(text)\": it must be host:port, such as 127.0.0.1:11434")
        }
        return (host.isEmpty ? SimulatorOptions().host : String(host), number)
    }

    private static func banner(_ options: SimulatorOptions, _ simulator: Simulator) -> String {
        let speed =
            options.isFast
            ? "instant (--fast)"
            : "prefill \(options.prefillRate) tokens/s, decode \(options.decodeRate) tokens/s, "
                + "\(options.slowdown) longer for each further busy slot, load "
                + (options.loadRate.map { "\(Int($0) >> 20) MiB/s" } ?? "\(options.loadSeconds) s")
        let memory = options.memory.map { " in \($0 >> 20) MiB" } ?? ""
        return """
            paddock sim: a SIMULATED Ollama without a model; every reply says so
              address   \(simulator.url)
              speed     \(speed)
              answers   about \(options.meanTokens) tokens, seed \(options.seed)
              slots     \(options.numParallel) for each model (1 for embedding models), \
            \(options.maxLoadedModels) models at once\(memory), context \(options.contextLength) tokens
              try       curl \(simulator.url)/api/generate -d '{"model":"llama2","prompt":"Hello"}'
            """
    }
}
