// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What platforms write for a service that has Paddock's name: Kubernetes sets `PADDOCK_PORT=tcp://10.0.0.1:8080` in every container
/// beside a service `paddock`, and Docker in a container that is linked with one of that name.
enum ServiceLinkText {
    private static let protocols = ["tcp", "udp", "sctp"]

    /// Whether a text is a protocol, `://`, an IP address, a colon and a port.
    static func matches(_ text: String) -> Bool {
        guard let colon = text.firstIndex(of: ":"), self.protocols.contains(text[..<colon].lowercased()),
            text[colon...].hasPrefix("://"), let portColon = text.lastIndex(of: ":"), portColon > colon
        else { return false }
        let host = text[text.index(colon, offsetBy: 3)..<portColon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        return IPAddress(isBracketed ? host.dropFirst().dropLast() : host) != nil
            && (try? IntegerText.parse(String(text[portColon...].dropFirst()), in: 1...65535)) != nil
    }
}
