// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP

/// The fields of the Fetch standard's CORS protocol that answers of ours carry.
enum CrossOriginFields {
    /// The fields of an answer that a page may read: all that Paddock adds.
    static let exposed: StaticString = """
        Access-Control-Expose-Headers: Retry-After,X-Queue-Wait-Ms,X-Queue-Position,X-Queue-Reason,X-Request-Id,X-Should-Retry,\
        X-RateLimit-Limit-Requests,X-RateLimit-Remaining-Requests,X-RateLimit-Reset-Requests,\
        X-RateLimit-Limit-Tokens,X-RateLimit-Remaining-Tokens,X-RateLimit-Reset-Tokens,\
        Anthropic-RateLimit-Requests-Limit,Anthropic-RateLimit-Requests-Remaining,Anthropic-RateLimit-Requests-Reset,\
        Anthropic-RateLimit-Tokens-Limit,Anthropic-RateLimit-Tokens-Remaining,Anthropic-RateLimit-Tokens-Reset\r\n
        """

    /// The most bytes that `HeadWriter.writeCrossOrigin` writes in addition to the origin.
    static let bytes = Self.exposed.utf8CodeUnitCount + 64

    /// The answer to a preflight of a page that is allowed: what Ollama answers, and the request headers that Paddock itself reads.
    static func preflightAnswer(_ standing: CrossOriginStanding) -> OwnReply {
        var fields = [
            ("Access-Control-Allow-Methods", "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS"),
            ("Access-Control-Allow-Headers", self.requestHeaders),
            ("Access-Control-Max-Age", "43200"),
        ]
        if standing == .allowed {
            fields.append(("Vary", "Access-Control-Request-Method"))
            fields.append(("Vary", "Access-Control-Request-Headers"))
        }
        return OwnReply(204, contentType: "", body: "", fields: fields)
    }

    private static let requestHeaders = [
        "Authorization", "Content-Type", "User-Agent", "Accept", "X-Requested-With", "OpenAI-Beta", "X-Stainless-Arch",
        "X-Stainless-Async", "X-Stainless-Custom-Poll-Interval", "X-Stainless-Helper-Method", "X-Stainless-Lang",
        "X-Stainless-OS", "X-Stainless-Package-Version", "X-Stainless-Poll-Helper", "X-Stainless-Retry-Count",
        "X-Stainless-Runtime", "X-Stainless-Runtime-Version", "X-Stainless-Timeout",
        // What Paddock reads, and what Anthropic's SDK sends from a page.
        "X-Api-Key", "X-Request-Id", "X-Request-Timeout", "X-Stainless-Read-Timeout", "Priority", "Anthropic-Version",
        "Anthropic-Beta", "Anthropic-Dangerous-Direct-Browser-Access",
    ].joined(separator: ",")
}

extension HeadWriter {
    /// Writes that the page of an origin may read an answer, and which of its fields.
    mutating func writeCrossOrigin(_ standing: CrossOriginStanding, origin: [UInt8]) {
        guard standing.isAllowed else { return }
        self.write("Access-Control-Allow-Origin: ")
        if standing == .allowed {
            self.write(origin.span, ByteRange(start: 0, end: origin.count))
            self.write("\r\nVary: Origin\r\n")
        } else {
            self.write("*\r\n")
        }
        self.write(CrossOriginFields.exposed)
    }
}
