// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockClient
import PaddockConfiguration
import PaddockServer

/// Asks backends what a configuration can be checked against.
enum BackendInquiry {
    /// How long each question may take.
    private static let timeout = Duration.seconds(2)

    /// What some backends say, and what the environment of an Ollama on this machine says, in their order.
    static func facts(_ backends: [DeclaredBackend]) async -> [BackendFacts] {
        let processes = OllamaProcess.running()
        return await withTaskGroup(of: (Int, BackendFacts).self) { group in
            for (index, backend) in backends.enumerated() {
                group.addTask {
                    var facts = await BackendFacts { path in await Self.ask(backend, path) }
                    facts.add(processes, at: backend.url)
                    return (index, facts)
                }
            }
            var facts = [BackendFacts](repeating: BackendFacts(), count: backends.count)
            for await (index, found) in group { facts[index] = found }
            return facts
        }
    }

    /// The body of a reply with status 200; nil if there is none.
    private static func ask(_ backend: DeclaredBackend, _ path: String) async -> [UInt8]? {
        let url = ServerURL(host: backend.url.host, port: backend.url.port)
        var fields = [(name: "Connection", value: "close")]
        if let key = backend.apiKey { fields.append(("Authorization", "Bearer \(key.secret)")) }
        guard let connection = try? await HTTPConnection<WholeReply>.open(to: url, timeout: Self.timeout) else {
            return nil
        }
        defer { connection.close() }
        let answer = await connection.send(
            HTTPRequest(target: path, fields: fields),
            reader: WholeReply(),
            timeout: Self.timeout
        )
        guard answer.failure == nil, answer.reader.status == 200 else { return nil }
        return Array(answer.reader.body.readableBytesView)
    }
}
