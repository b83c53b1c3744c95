// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// How the length of a message body is known (RFC 9112 §6.3).
@usableFromInline
package enum BodyFraming: Equatable, Sendable {
    /// There is no body.
    case none
    /// The body has this many bytes, at least one.
    case length(Int)
    /// The body is chunked.
    case chunked
    /// The body ends when the connection does; only a reply's may.
    case untilClose

    /// Whether two bodies are framed in the same way.
    @inlinable
    package static func == (left: BodyFraming, right: BodyFraming) -> Bool {
        switch (left, right) {
        case (.none, .none), (.chunked, .chunked), (.untilClose, .untilClose): true
        case (.length(let left), .length(let right)): left == right
        default: false
        }
    }
}

extension MessageHead {
    /// How the body of a request is framed.
    ///
    /// Stricter than RFC 9112 §6.3 if a backend might read the bytes differently: one length at most, never both
    /// a length and a transfer coding, and no coding but `chunked`.
    ///
    /// - Throws: `HeadProblem.malformed`.
    package func requestFraming(_ bytes: Span<UInt8>) throws(HeadProblem) -> BodyFraming {
        guard !self.repeatedKinds.contains(.contentLength) else {
            throw .malformed("there is more than one Content-Length")
        }
        guard !self.repeatedKinds.contains(.transferEncoding) else {
            throw .malformed("there is more than one Transfer-Encoding")
        }
        let length = self.first(.contentLength)
        let coding = self.first(.transferEncoding)
        if let coding {
            guard length == nil else { throw .malformed("there are both a Content-Length and a Transfer-Encoding") }
            guard self.minorVersion == 1 else { throw .malformed("HTTP/1.0 has no Transfer-Encoding") }
            guard bytes.matches(coding.value, "chunked") else {
                throw .malformed("the only Transfer-Encoding understood is chunked")
            }
            return .chunked
        }
        guard let length else { return .none }
        guard let count = bytes.decimal(length.value) else {
            throw .malformed("the Content-Length is not a whole number")
        }
        return count == 0 ? .none : .length(count)
    }

    /// How the body of a reply is framed.
    ///
    /// - Parameters:
    ///   - bytes: the head.
    ///   - isReplyToHead: whether the request was a `HEAD`.
    /// - Throws: `HeadProblem.malformed`.
    package func replyFraming(_ bytes: Span<UInt8>, isReplyToHead: Bool) throws(HeadProblem) -> BodyFraming {
        var length: Int?
        var isChunked = false
        if self.kinds.contains(.contentLength) || self.kinds.contains(.transferEncoding) {
            (length, isChunked) = try self.replyLength(bytes)
        }
        guard !isChunked || length == nil else {
            throw .malformed("the reply has both a Content-Length and a Transfer-Encoding")
        }
        if isReplyToHead || self.status < 200 || self.status == 204 || self.status == 304 { return .none }
        if isChunked { return .chunked }
        guard let length else { return .untilClose }
        return length == 0 ? .none : .length(length)
    }

    private func replyLength(_ bytes: Span<UInt8>) throws(HeadProblem) -> (length: Int?, isChunked: Bool) {
        var length: Int?
        var isChunked = false
        for field in self.fields {
            switch field.kind {
            case .contentLength:
                guard let count = bytes.decimal(field.value), length == nil || length == count else {
                    throw .malformed("the reply's Content-Length is not one whole number")
                }
                length = count
            case .transferEncoding:
                guard !isChunked, self.minorVersion == 1, bytes.matches(field.value, "chunked") else {
                    throw .malformed("the reply's Transfer-Encoding is not chunked")
                }
                isChunked = true
            default:
                break
            }
        }
        return (length, isChunked)
    }
}
