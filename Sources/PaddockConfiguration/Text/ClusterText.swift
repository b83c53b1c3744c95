// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import PaddockCluster

/// Names and addresses of members of a cluster as text.
enum ClusterText {
    /// Reads the name of a member.
    static func name(_ text: String) throws(InvalidValue) -> String {
        guard (1...64).contains(text.utf8.count), text.allSatisfy(Self.isNameCharacter) else {
            throw InvalidValue("\(text.shown) is not a name of a member")
        }
        return text
    }

    /// Whether a name may have a character.
    static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "._-".contains(character))
    }

    /// Reads the address of a link: a host, a colon and a port. Brackets are allowed around any host, because what fills in an address
    /// often does not know which kind it is.
    static func address(_ text: String, ports: ClosedRange<Int>) throws(InvalidValue) -> StoreAddress.Host {
        guard let colon = text.lastIndex(of: ":"), colon > text.startIndex, !text.hasSuffix("]") else {
            throw InvalidValue("\(text.shown) has no port")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw InvalidValue("the IPv6 address in \(text.shown) has no brackets")
        }
        let port = try IntegerText.parse(String(text[colon...].dropFirst()), in: ports)
        return StoreAddress.Host(name: try HostText.parse(String(host)), port: port)
    }

    /// Reads the address of a store. Nothing of the text is in an error, as part of a password could be.
    static func store(_ text: String) throws(InvalidValue) -> StoreAddress {
        do throws(StoreAddressError) {
            return try StoreAddress(text)
        } catch {
            throw InvalidValue(error.text)
        }
    }
}

extension StoreAddress.Host {
    /// Whether only programs of this machine can connect to it.
    var isLoopback: Bool { self.name == "localhost" || IPAddress(self.name)?.isLoopback == true }

    /// Whether it stands for all addresses of the machine.
    var isAny: Bool { ["0.0.0.0", "::"].contains(self.name) }
}
