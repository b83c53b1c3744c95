// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
import NIOHTTP1
import NIOPosix
internal import PaddockSystem

/// A running simulated backend: Ollama's API without a model behind it.
///
/// It runs on one event loop, whatever the size of the group. Every reply says that it is simulated, in the header
/// `X-Simulated: paddock sim` at least.
package final class Simulator: Sendable {
    /// The address it listens on.
    package let host: String
    /// The port it listens on: the one chosen by the system where the options said 0.
    package let port: Int
    private let channel: any Channel
    private let engine: NIOLoopBound<SimulatorEngine>

    /// What a client connects to, such as `http://127.0.0.1:11434`.
    package var url: String {
        "http://\(self.host.contains(":") ? "[\(self.host)]" : self.host):\(self.port)"
    }

    private init(host: String, port: Int, channel: any Channel, engine: NIOLoopBound<SimulatorEngine>) {
        self.host = host
        self.port = port
        self.channel = channel
        self.engine = engine
    }

    /// Starts on one event loop of the process-wide group.
    ///
    /// - Throws: ``SimulatorError`` where it cannot listen.
    package static func start(_ options: SimulatorOptions) async throws -> Simulator {
        try await self.start(options, on: MultiThreadedEventLoopGroup.singleton)
    }

    /// Starts on one event loop of the group.
    ///
    /// - Parameters:
    ///   - options: How it behaves and where it listens.
    ///   - group: Must outlive the simulator.
    /// - Throws: ``SimulatorError`` where it cannot listen.
    package static func start(_ options: SimulatorOptions, on group: any EventLoopGroup) async throws -> Simulator {
        let loop = group.next()
        let engine = try await loop.submit {
            NIOLoopBound(SimulatorEngine(options: options, eventLoop: loop), eventLoop: loop)
        }.get()
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Errors are answered by the connection itself, so that they say who answers.
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(SimulatorConnection(engine: engine.value))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: options.host, port: options.port).get()
            let port = channel.localAddress?.port ?? options.port
            let host = channel.localAddress?.ipAddress ?? options.host
            return Simulator(host: host, port: port, channel: channel, engine: engine)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw SimulatorError.addressInUse(host: options.host, port: options.port)
        } catch {
            throw SimulatorError.cannotListen(host: options.host, port: options.port, reason: "\(error)")
        }
    }

    /// Stops listening and closes all connections, whatever they are doing.
    package func shutDown() async {
        let engine = self.engine
        try? await self.channel.close().get()
        try? await self.channel.eventLoop.submit { engine.value.closeAll() }.get()
    }

    /// What it is doing now.
    package func snapshot() async throws -> SimulatorSnapshot {
        let engine = self.engine
        return try await self.channel.eventLoop.submit { engine.value.snapshot }.get()
    }
}
