// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// One header field of a head: where its name, its value and its whole line are, and its kind.
package struct FieldLine: Equatable, Sendable {
    /// The name, as it came.
    package var name: ByteRange
    /// The value without the white space around it.
    package var value: ByteRange
    /// Where the line ends, its line break included; it starts where `name` does.
    package var lineEnd: UInt32
    /// What the name means to a proxy.
    package var kind: FieldKind
    /// Whether it is about this connection only: by its name, or because `Connection` names it (RFC 9110 §7.6.1).
    package internal(set) var isHopByHop: Bool
}

/// The header fields that a proxy has to know.
@usableFromInline
package enum FieldKind: UInt8, Sendable {
    case other
    case allowOrigin
    case apiKey
    case authorization
    case connection
    case contentEncoding
    case contentLength
    case contentType
    case date
    case expect
    case forwarded
    case forwardedFor
    case host
    case keepAlive
    case origin
    case priority
    case proxyConnection
    /// `X-Stainless-Read-Timeout`, which SDKs in Python send, or `X-Stainless-Timeout`, which those in JavaScript send.
    case readTimeout
    case requestID
    case requestTimeout
    case secFetchSite
    case te
    case transferEncoding
    case upgrade

    /// Whether two kinds are the same.
    @inlinable
    package static func == (left: FieldKind, right: FieldKind) -> Bool {
        // An enum without payloads is the number of its case.
        unsafeBitCast(left, to: UInt8.self) == unsafeBitCast(right, to: UInt8.self)
    }

    /// Whether the field is about one connection only and never forwarded (RFC 9110 §7.6.1).
    package var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade: true
        default: false
        }
    }

    /// Tells the kind of a field by its name.
    init(_ bytes: Span<UInt8>, _ name: ByteRange) {
        precondition(name.upperBound <= bytes.count, "a name lies within its bytes")
        self = bytes.withUnsafeBytes { bytes in
            bytes.baseAddress.map { FieldKind($0 + name.lowerBound, length: Int(name.count)) } ?? .other
        }
    }

    /// Tells the kind of a field by its name. Of a known kind the name is a token.
    ///
    /// - Parameters:
    ///   - name: where the name is.
    ///   - length: how many bytes it has.
    init(_ name: UnsafeRawPointer, length: Int) {
        // The length alone rules out nearly every field.
        switch length {
        case 2 where name.spells("te"): self = .te
        case 4 where name.spells("host"): self = .host
        case 4 where name.spells("date"): self = .date
        case 6 where name.spells("expect"): self = .expect
        case 6 where name.spells("origin"): self = .origin
        case 7 where name.spells("upgrade"): self = .upgrade
        case 8 where name.spells("priority"): self = .priority
        case 9 where name.spells("x-api-key"): self = .apiKey
        case 9 where name.spells("forwarded"): self = .forwarded
        case 10 where name.spells("connection"): self = .connection
        case 10 where name.spells("keep-alive"): self = .keepAlive
        case 12 where name.spells("content-type"): self = .contentType
        case 12 where name.spells("x-request-id"): self = .requestID
        case 13 where name.spells("authorization"): self = .authorization
        case 14 where name.spells("content-length"): self = .contentLength
        case 14 where name.spells("sec-fetch-site"): self = .secFetchSite
        case 15 where name.spells("x-forwarded-for"): self = .forwardedFor
        case 16 where name.spells("content-encoding"): self = .contentEncoding
        case 16 where name.spells("proxy-connection"): self = .proxyConnection
        case 17 where name.spells("transfer-encoding"): self = .transferEncoding
        case 17 where name.spells("x-request-timeout"): self = .requestTimeout
        case 19 where name.spells("x-stainless-timeout"): self = .readTimeout
        case 24 where name.spells("x-stainless-read-timeout"): self = .readTimeout
        case 27 where name.spells("access-control-allow-origin"): self = .allowOrigin
        default: self = .other
        }
    }
}
