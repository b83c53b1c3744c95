// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockCluster

extension ValueKind {
    /// The address of a store.
    static func store() -> ValueKind where Value == StoreAddress {
        ValueKind(
            "redis://HOST:PORT/DATABASE or etcd://HOST:PORT, with USER:PASSWORD@ in front of the host if need be",
            name: "address",
            schema: .pattern("(redis|etcd)://.+"),
            text: \.description,
            parse: ClusterText.store
        )
    }

    /// The name of a member, or `auto`.
    static func memberName() -> ValueKind where Value == String? {
        ValueKind(
            "auto or 1 to 64 of A-Z a-z 0-9 . _ -",
            name: "auto|name",
            schema: .pattern("[A-Za-z0-9._-]{1,64}"),
            text: { $0 ?? "auto" }
        ) { (text) throws(InvalidValue) in text == "auto" ? nil : try ClusterText.name(text) }
    }

    /// Where a member listens for the others.
    static func linkAddress() -> ValueKind where Value == StoreAddress.Host {
        ValueKind(
            "an address with a port such as 10.0.0.1:8081 or [fd00::1]:8081",
            name: "address",
            schema: .pattern(".+:[0-9]+"),
            text: \.description
        ) { (text) throws(InvalidValue) in try ClusterText.address(text, ports: 0...65_535) }
    }

    /// Where the others reach a member, or `auto`.
    static func advertisedAddress() -> ValueKind where Value == StoreAddress.Host? {
        ValueKind(
            "auto or an address with a port such as 10.0.0.1:8081 or [fd00::1]:8081",
            name: "auto|address",
            schema: .any([.words(["auto"]), .pattern(".+:[0-9]+")]),
            text: { $0?.description ?? "auto" }
        ) { (text) throws(InvalidValue) in
            if text == "auto" { return nil }
            let address = try ClusterText.address(text, ports: 1...65_535)
            guard !address.isAny else { throw InvalidValue("\(text.shown) is no address that others can connect to") }
            return address
        }
    }
}
