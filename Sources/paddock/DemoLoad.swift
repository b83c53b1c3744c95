// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// The load of the demo: a few people who chat, and a batch now and then. It goes over real connections.
struct DemoLoad: Sendable {
    /// The gateway's port.
    let port: Int

    /// Sends requests until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for (person, model) in ["llama2", "mistral", "codellama", "qwen3", "llama2", "mistral"].enumerated() {
                group.addTask { await self.chat(model, pause: .seconds(2 + person % 3)) }
            }
            group.addTask { await self.batches() }
        }
    }

    private func chat(_ model: String, pause: Duration) async {
        while !Task.isCancelled {
            await self.send(model, prompt: "Tell me something about paddocks.", tokens: 60)
            try? await Task.sleep(for: pause)
        }
    }

    private func batches() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(10))
            await withDiscardingTaskGroup { group in
                for number in 0..<8 {
                    group.addTask { await self.send("llama2", prompt: "Sum up page \(number).", tokens: 40) }
                }
            }
        }
    }

    /// Sends one request and reads its reply to the end.
    private func send(_ model: String, prompt: String, tokens: Int) async {
        let body = #"{"model":"\#(model)","prompt":"\#(prompt)","options":{"num_predict":\#(tokens)}}"#
        let request =
            "POST /api/generate HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: self.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: request))
                for try await _ in inbound {}
            }
        } catch {
            // The demo goes on whatever becomes of one request; the statistics show it.
        }
    }
}
