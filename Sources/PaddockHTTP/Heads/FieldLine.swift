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
    /// Whether it is about this connection only: by its name, or because `Connection` names it (RFC 9110 §7.6.1).
    package internal(set) var isHopByHop: Bool
}

/// The header fields that a proxy has to tell from the rest.
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
        self = bytes.withUnsafeBytes { FieldKind($0, name) }
    }

    /// Tells the kind of a field by its name, which lies within the bytes. Of a known kind the name is a token.
    init(_ bytes: UnsafeRawBufferPointer, _ name: ByteRange) {
        // The length alone rules out nearly every field.
        switch name.count {
        case 2 where bytes.names(name, "te"): self = .te
        case 4 where bytes.names(name, "host"): self = .host
        case 4 where bytes.names(name, "date"): self = .date
        case 6 where bytes.names(name, "expect"): self = .expect
        case 6 where bytes.names(name, "origin"): self = .origin
        case 7 where bytes.names(name, "upgrade"): self = .upgrade
        case 8 where bytes.names(name, "priority"): self = .priority
        case 9 where bytes.names(name, "x-api-key"): self = .apiKey
        case 9 where bytes.names(name, "forwarded"): self = .forwarded
        case 10 where bytes.names(name, "connection"): self = .connection
        case 10 where bytes.names(name, "keep-alive"): self = .keepAlive
        case 12 where bytes.names(name, "content-type"): self = .contentType
        case 12 where bytes.names(name, "x-request-id"): self = .requestID
        case 13 where bytes.names(name, "authorization"): self = .authorization
        case 14 where bytes.names(name, "content-length"): self = .contentLength
        case 14 where bytes.names(name, "sec-fetch-site"): self = .secFetchSite
        case 15 where bytes.names(name, "x-forwarded-for"): self = .forwardedFor
        case 16 where bytes.names(name, "content-encoding"): self = .contentEncoding
        case 16 where bytes.names(name, "proxy-connection"): self = .proxyConnection
        case 17 where bytes.names(name, "transfer-encoding"): self = .transferEncoding
        case 17 where bytes.names(name, "x-request-timeout"): self = .requestTimeout
        case 19 where bytes.names(name, "x-stainless-timeout"): self = .readTimeout
        case 24 where bytes.names(name, "x-stainless-read-timeout"): self = .readTimeout
        case 27 where bytes.names(name, "access-control-allow-origin"): self = .allowOrigin
        default: self = .other
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Whether the bytes of a range spell a word of letters and hyphens, without regard to case. Both are of one length.
    ///
    /// Eight bytes are compared at once: only at the places of letters may the bit differ that tells lower case from upper.
    @inline(__always)
    fileprivate func names(_ range: ByteRange, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        let expected = UnsafeRawPointer(word.utf8Start)
        guard let found = self.baseAddress.map({ $0 + range.lowerBound }) else { return false }
        if length < 8 {
            for offset in 0..<length {
                let byte = expected.load(fromByteOffset: offset, as: UInt8.self)
                let difference = found.load(fromByteOffset: offset, as: UInt8.self) ^ byte
                if difference & ~((byte & 0x40) >> 1) != 0 { return false }
            }
            return true
        }
        var offset = 0
        while true {
            let bytes = expected.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let difference = found.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ bytes
            // Of the characters of a word, letters alone have the bit 0x40.
            guard difference & ~((bytes & 0x4040_4040_4040_4040) >> 1) == 0 else { return false }
            guard offset < length &- 8 else { return true }
            // The last eight may be compared twice.
            offset = Swift.min(offset &+ 8, length &- 8)
        }
    }
}
