// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import NIOCore
package import NIOHTTP1

/// A request.
package struct HTTPRequest: Sendable {
    /// The method.
    package var method: HTTPMethod
    /// Path and query.
    package let target: String
    /// Fields, which take the place of those that are sent anyway: `Host`, `User-Agent` and those about the body.
    package var fields: [(name: String, value: String)]
    /// The body, which is JSON.
    package var body: ByteBuffer?
    /// In place of a body, one that is sent piece by piece. Defaults to none.
    package var streamedBody: StreamedBody?
    /// Whether the time for the reply begins again with each piece of either body, rather than to hold for all of it. Defaults to no.
    package var isLong = false

    /// Makes a request.
    package init(
        method: HTTPMethod = .GET,
        target: String,
        fields: [(name: String, value: String)] = [],
        body: ByteBuffer? = nil
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
    }

    /// The head as it is sent.
    ///
    /// - Parameter authority: What `Host` says.
    package func head(authority: String) -> HTTPRequestHead {
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: authority)
        headers.add(name: "User-Agent", value: "paddock")
        if let body = self.body {
            headers.add(name: "Content-Type", value: "application/json")
            headers.add(name: "Content-Length", value: String(body.readableBytes))
        }
        if let body = self.streamedBody {
            headers.add(name: "Content-Type", value: body.contentType)
            headers.add(name: "Content-Length", value: String(body.length))
        }
        for field in self.fields { headers.replaceOrAdd(name: field.name, value: field.value) }
        return HTTPRequestHead(version: .http1_1, method: self.method, uri: self.target, headers: headers)
    }
}
