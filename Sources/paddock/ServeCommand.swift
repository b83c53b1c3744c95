// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOCore
import PaddockAdmission
import PaddockBase
import PaddockConfiguration
import PaddockServer
import PaddockStore
import PaddockSystem
import UnixSignals

/// `paddock serve`: the gateway.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the gateway in front of an Ollama.",
        discussion: """
            Every setting can also be in paddock.yaml or in the environment; the command line wins. Clients use \
            port 8080 instead of Ollama's 11434 and change nothing else.
            """
    )

    @Option(help: ArgumentHelp("Configuration file (default: paddock.yaml here, if there is one).", valueName: "file"))
    var config: String?

    @OptionGroup
    var flags: SettingFlags<AllSettings>

    func run() async throws {
        let (loaded, file) = try self.load(self.config)
        OpenFileLimit.raise()
        // Before the port is open: nobody who sees it open can send a signal too early.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let server = try await Self.start(loaded.configuration, origins: loaded.origins)
        StandardError.say(server.report.text)
        await Self.serve(server, until: signals) { () throws(ConfigurationError) in
            // A file that was there at the start and is gone is an error, not an empty configuration.
            try self.flags.load(ConfigurationFile.find(path: self.config ?? file?.name))
        }
    }

    /// Loads the configuration from all sources; each error of a bad one is a line, and the process ends with 78.
    func load(_ path: String?) throws -> (LoadedConfiguration, ConfigurationFile?) {
        do throws(ConfigurationError) {
            let file = try ConfigurationFile.find(path: path)
            let loaded = try self.flags.load(file)
            for warning in loaded.warnings { StandardError.say("paddock: warning: \(warning)") }
            return (loaded, file)
        } catch {
            for error in error.all { StandardError.say("paddock: \(error)") }
            throw ExitCode(ConfigurationError.exitStatus)
        }
    }

    /// Starts a gateway, or says in one line why not: 69 (EX_UNAVAILABLE) if it cannot listen or the store is in use, 73
    /// (EX_CANTCREAT) if the trace or the store cannot be opened for writing, 65 (EX_DATAERR) if the store is damaged.
    ///
    /// - Parameters:
    ///   - configuration: the configuration.
    ///   - origins: where its values come from.
    static func start(_ configuration: Configuration, origins: ValueOrigins) async throws -> PaddockServer {
        do {
            let store = try Store.open(configuration.state)
            return try await PaddockServer.start(configuration, origins: origins, store: store)
        } catch let error as StoreError {
            throw CommandFailure(error)
        } catch let error as FileError {
            throw CommandFailure(
                .cannotCreate,
                "the trace cannot be written to \(error): give a --trace file in a writable folder"
            )
        } catch let error as ConfigurationError {
            throw CommandFailure(.configuration, "\(error)")
        } catch let error as LinkAddressError {
            throw Self.cannotListen(on: error.address, port: "cluster.listen", host: "cluster.listen", error.reason)
        } catch {
            let place = "\(configuration.host) port \(configuration.port)"
            throw Self.cannotListen(on: place, port: "--port", host: "--host", error)
        }
    }

    /// Why an address cannot be listened on, and which setting of the port or the host to change.
    private static func cannotListen(
        on place: String,
        port: String,
        host: String,
        _ error: any Error
    ) -> CommandFailure {
        let reason =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: "\(place) is taken by another program: stop it, or choose another \(port)"
            case EACCES: "\(place) is not allowed to this user: choose a \(port) above 1023"
            case EADDRNOTAVAIL: "\(place) is no address of this machine: choose another \(host)"
            default: "cannot listen on \(place): \(error)"
            }
        return CommandFailure(.unavailable, reason)
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
        load: () throws(ConfigurationError) -> LoadedConfiguration
    ) async {
        let notifier = ServiceNotifier.fromEnvironment()
        notifier.tell(.ready, status: "listening on \(server.report.url)")
        var isStopping = false
        for await signal in signals {
            if signal == .sighup {
                guard !isStopping else { continue }
                notifier.tell(.reloading, status: "reloading the configuration")
                Self.reload(server, load)
                notifier.tell(.ready, status: "listening on \(server.report.url)")
            } else if isStopping {
                break
            } else {
                isStopping = true
                notifier.tell(.stopping, status: "waiting for active requests to end")
                StandardError.say("paddock: stopping: active requests may end; a second signal stops at once")
                Task {
                    await server.drain()
                    await Self.end(server)
                }
            }
        }
        await Self.end(server)
    }

    private static func reload(_ server: PaddockServer, _ load: () throws(ConfigurationError) -> LoadedConfiguration) {
        do throws(ConfigurationError) {
            let loaded = try load()
            server.reload(loaded.configuration, origins: loaded.origins)
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
