// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1

/// A request of a command.
struct HTTPRequest: Sendable {
    var method = HTTPMethod.GET
    /// Path and query.
    let target: String
    var fields: [(name: String, value: String)] = []
    var body: ByteBuffer?

    /// The head as it is sent.
    ///
    /// - Parameter authority: What `Host` says.
    func head(authority: String) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: authority)
        headers.add(name: "User-Agent", value: "paddock")
        if let body = self.body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: String(body.readableBytes))
        }
        for field in self.fields { headers.replaceOrAdd(name: field.name, value: field.value) }
        return HTTPRequestHead(version: .http1_1, method: self.method, uri: self.target, headers: headers)
    }
}
