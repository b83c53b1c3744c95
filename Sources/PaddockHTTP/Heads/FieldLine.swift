// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// One header field of a head: where its name, its value and its whole line are, and which of the known ones it is.
package struct FieldLine: Equatable, Sendable {
    /// The name, as it came.
    package var name: ByteRange
    /// The value without the white space around it.
    package var value: ByteRange
    /// Where the line ends, its line break included; it starts where `name` does.
    package var lineEnd: UInt32
    /// What the name means to a proxy.
    package var kind: FieldKind
}

/// The header fields that a proxy has to tell from the rest.
package enum FieldKind: UInt8, Sendable {
    case other
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
    case readTimeout
    case requestID
    case requestTimeout
    case secFetchSite
    case te
    case transferEncoding
    case upgrade

    /// Whether the field is about one connection only and never forwarded (RFC 9110 §7.6.1).
    package var isHopByHop: Bool {
        switch self {
        case .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade: true
        default: false
        }
    }

    /// Tells the kind of a field by its name.
    init(_ bytes: Span<UInt8>, _ name: ByteRange) {
        // The length alone rules out nearly every field.
        switch name.count {
        case 2 where bytes.matches(name, "te"): self = .te
        case 4 where bytes.matches(name, "host"): self = .host
        case 4 where bytes.matches(name, "date"): self = .date
        case 6 where bytes.matches(name, "expect"): self = .expect
        case 6 where bytes.matches(name, "origin"): self = .origin
        case 7 where bytes.matches(name, "upgrade"): self = .upgrade
        case 8 where bytes.matches(name, "priority"): self = .priority
        case 9 where bytes.matches(name, "x-api-key"): self = .apiKey
        case 9 where bytes.matches(name, "forwarded"): self = .forwarded
        case 10 where bytes.matches(name, "connection"): self = .connection
        case 10 where bytes.matches(name, "keep-alive"): self = .keepAlive
        case 12 where bytes.matches(name, "content-type"): self = .contentType
        case 12 where bytes.matches(name, "x-request-id"): self = .requestID
        case 13 where bytes.matches(name, "authorization"): self = .authorization
        case 14 where bytes.matches(name, "content-length"): self = .contentLength
        case 14 where bytes.matches(name, "sec-fetch-site"): self = .secFetchSite
        case 15 where bytes.matches(name, "x-forwarded-for"): self = .forwardedFor
        case 16 where bytes.matches(name, "content-encoding"): self = .contentEncoding
        case 16 where bytes.matches(name, "proxy-connection"): self = .proxyConnection
        case 17 where bytes.matches(name, "transfer-encoding"): self = .transferEncoding
        case 17 where bytes.matches(name, "x-request-timeout"): self = .requestTimeout
        case 24 where bytes.matches(name, "x-stainless-read-timeout"): self = .readTimeout
        default: self = .other
        }
    }
}
