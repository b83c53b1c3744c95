// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOCore
import PaddockAdmission
import PaddockConfiguration
import PaddockServer
import UnixSignals

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// `paddock serve`: the gateway.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway in front of an Ollama.",
        discussion: """
            Every setting can also stand in paddock.yaml or in the environment; the command line wins. Clients use \
            port 8080 instead of Ollama's 11434 and change nothing else.
            """
    )

    @Option(help: ArgumentHelp("Configuration file (default: paddock.yaml here, if there is one).", valueName: "file"))
    var config: String?

    // Texts, so that a bad value is reported in the same words wherever it stands.
    @Option(parsing: .unconditional, help: "Address to listen on (default: 127.0.0.1).")
    var host: String?

    @Option(parsing: .unconditional, help: "Port to listen on; 0 takes a free one (default: 8080).")
    var port: String?

    @Option(
        name: .customLong("backend"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "An Ollama. Can be given more than once (default: http://127.0.0.1:11434).",
            valueName: "url"
        )
    )
    var backends: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Requests of one model at once: auto or a number (default: auto).", valueName: "number")
    )
    var parallel: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Requests of one model that may wait (default: 512).", valueName: "number")
    )
    var maxQueue: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How long a request may take to begin its answer, such as 30s (default: 300).",
            valueName: "time"
        )
    )
    var timeout: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Threads that serve connections: auto or a number (default: auto).", valueName: "number")
    )
    var eventLoops: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Share slots and places between clients: on or off (default: on).", valueName: "word")
    )
    var fairness: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What batch is sure to get while it waits (default: 5).", valueName: "percent")
    )
    var batchShare: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Slots of a model that batch may hold: all or a number (default: all).", valueName: "number")
    )
    var batchSlots: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Signs of life for streams that wait: off or a time (default: off).", valueName: "time")
    )
    var queueKeepalive: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Write each request to a trace that paddock whatif can replay.", valueName: "file")
    )
    var trace: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("A line for each request: off, text or json (default: text).", valueName: "format")
    )
    var accessLog: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Messages: error, warning, info or debug (default: info).", valueName: "level")
    )
    var logLevel: String?

    func run() async throws {
        let file: ConfigurationFile?
        let configuration: Configuration
        do throws(ConfigurationError) {
            file = try ConfigurationFile.find(path: self.config)
            let loaded = try self.loaded(file)
            Self.warn(loaded)
            configuration = loaded.configuration
        } catch {
            throw Self.refusal(error)
        }
        OpenFileLimit.raise()
        // Before the port is open: nobody who sees it open can send a signal too early.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let server = try await Self.start(configuration)
        StandardError.say(server.report.text)
        await Self.serve(server, until: signals) { () throws(ConfigurationError) in
            // A file that was there at the start and is gone is an error, not an empty configuration.
            try self.loaded(ConfigurationFile.find(path: self.config ?? file?.name)).configuration
        }
    }

    /// The configuration of all sources; a bad one is said in one line, and the process ends with 78.
    func loaded() throws -> LoadedConfiguration {
        do throws(ConfigurationError) {
            let loaded = try self.loaded(ConfigurationFile.find(path: self.config))
            Self.warn(loaded)
            return loaded
        } catch {
            throw Self.refusal(error)
        }
    }

    private static func warn(_ loaded: LoadedConfiguration) {
        for warning in loaded.warnings { StandardError.say("paddock: \(warning)") }
    }

    private static func refusal(_ error: ConfigurationError) -> ExitCode {
        StandardError.say("paddock: \(error)")
        return ExitCode(ConfigurationError.exitStatus)
    }

    private func loaded(_ file: ConfigurationFile?) throws(ConfigurationError) -> LoadedConfiguration {
        var flags: [ConfigurationKey: [String]] = [:]
        flags[.host] = self.host.map { [$0] }
        flags[.port] = self.port.map { [$0] }
        flags[.backends] = self.backends.isEmpty ? nil : self.backends
        flags[.parallelLimit] = self.parallel.map { [$0] }
        flags[.queueLimit] = self.maxQueue.map { [$0] }
        flags[.requestTimeout] = self.timeout.map { [$0] }
        flags[.eventLoops] = self.eventLoops.map { [$0] }
        flags[.fairness] = self.fairness.map { [$0] }
        flags[.batchShare] = self.batchShare.map { [$0] }
        flags[.batchSlots] = self.batchSlots.map { [$0] }
        flags[.queueKeepalive] = self.queueKeepalive.map { [$0] }
        flags[.trace] = self.trace.map { [$0] }
        flags[.accessLog] = self.accessLog.map { [$0] }
        flags[.logLevel] = self.logLevel.map { [$0] }
        return try ConfigurationLoader.load(
            flags: flags,
            environment: Environment.all(),
            file: file
        )
    }

    /// Starts a gateway, or says in one line why not: 69 (EX_UNAVAILABLE) where it cannot listen, 73 (EX_CANTCREAT) where the
    /// trace cannot be opened.
    static func start(_ configuration: Configuration) async throws -> PaddockServer {
        do {
            return try await PaddockServer.start(configuration)
        } catch let error as FileError {
            throw CommandFailure(
                .cannotCreate,
                "the trace cannot be written to \(error): give a --trace file in a folder that is there and writable"
            )
        } catch let error as IOError {
            let place = "\(configuration.host) port \(configuration.port)"
            switch error.errnoCode {
            case EADDRINUSE:
                StandardError.say("paddock: \(place) is taken by another program: stop it, or choose another --port")
            case EACCES:
                StandardError.say("paddock: \(place) is not allowed to this user: choose a --port above 1023")
            default:
                StandardError.say("paddock: cannot listen on \(place): \(error)")
            }
        } catch {
            StandardError.say("paddock: cannot listen on \(configuration.host) port \(configuration.port): \(error)")
        }
        throw ExitCode(69)
    }

    /// Serves until the first signal to stop, then drains; a second one ends the process at once. SIGHUP reloads.
    ///
    /// - Parameters:
    ///   - server: the gateway.
    ///   - signals: the signals.
    ///   - load: loads the configuration anew.
    static func serve(
        _ server: PaddockServer,
        until signals: UnixSignalsSequence,
        load: () throws(ConfigurationError) -> Configuration
    ) async {
        let notifier = ServiceNotifier.fromEnvironment()
        notifier.tell(.ready, status: "listens on \(server.report.url)")
        var isStopping = false
        for await signal in signals {
            if signal == .sighup {
                guard !isStopping else { continue }
                notifier.tell(.reloading, status: "reloads its configuration")
                Self.reload(server, load)
                notifier.tell(.ready, status: "listens on \(server.report.url)")
            } else if isStopping {
                break
            } else {
                isStopping = true
                notifier.tell(.stopping, status: "lets active requests end")
                StandardError.say("paddock: stopping; what is active may end, a second signal stops at once")
                Task {
                    await server.drain()
                    await Self.end(server)
                }
            }
        }
        await Self.end(server)
    }

    private static func reload(_ server: PaddockServer, _ load: () throws(ConfigurationError) -> Configuration) {
        do throws(ConfigurationError) {
            server.reload(try load())
        } catch {
            server.reloadFailed(error)
        }
    }

    /// Ends the process, its last lines written unless nobody reads them.
    private static func end(_ server: PaddockServer) async -> Never {
        await server.flush(within: .milliseconds(500))
        _exit(0)
    }
}

/// The environment of this process.
enum Environment {
    /// All variables.
    static func all() -> [String: String] {
        var variables: [String: String] = [:]
        for key in ConfigurationKey.allCases {
            for name in key.variables {
                if let value = getenv(name) { variables[name] = String(cString: value) }
            }
        }
        return variables
    }
}
