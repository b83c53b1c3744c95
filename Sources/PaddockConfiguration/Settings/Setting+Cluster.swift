// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Setting {
    /// The keys of a cluster of gateways.
    static let cluster = [
        Setting(
            Field("cluster.store", \.clusterKeys.store, .store()),
            "The Redis, Valkey or etcd by which several gateways find each other and act as one. A password is safer in the "
                + "environment than in a file or a flag."
        )
        .variable("PADDOCK_CLUSTER_STORE").flag("--cluster").needingRestart().section(27)
        .example("redis://10.0.0.5:6379/0"),
        Setting(
            Field("cluster.name", \.clusterKeys.name, .memberName()),
            "What this member of the cluster is called; auto is the host name, and the port of clients if that is not 8080."
        )
        .variable("PADDOCK_CLUSTER_NAME").flag("--cluster-name").needingRestart().section(27),
        Setting(
            Field("cluster.listen", \.clusterKeys.listen, .linkAddress()),
            "The address on which this member listens for the others; not the port of clients. Port 0 takes a free one."
        )
        .variable("PADDOCK_CLUSTER_LISTEN").flag("--cluster-listen").needingRestart().section(27),
        Setting(
            Field("cluster.advertise", \.clusterKeys.advertise, .advertisedAddress()),
            "The address at which the others reach this member; auto is that on which it listens."
        )
        .variable("PADDOCK_CLUSTER_ADVERTISE").flag("--cluster-advertise").needingRestart().section(27),
        Setting(
            Field("cluster.secret_file", \.clusterKeys.secretFile, .file()),
            "The file with the secret that all members share, at least 16 characters. It may be missing only if cluster.listen is "
                + "an address of this machine only."
        )
        .variable("PADDOCK_CLUSTER_SECRET_FILE").flag("--cluster-secret-file").needingRestart().section(27)
        .example("/etc/paddock/cluster.key"),
        Setting(
            Field("cluster.lease", \.clusterKeys.lease, .duration(.milliseconds(500) ... .seconds(60))),
            "How long the coordinator of the cluster stays in office without renewing its lease in the store."
        )
        .variable("PADDOCK_CLUSTER_LEASE").needingRestart().section(27),
        Setting(
            Field("cluster.grace", \.clusterKeys.grace, .duration(or: "auto")),
            "How long the slots of a member that is silent count as held; auto is request_timeout. At least cluster.lease."
        )
        .variable("PADDOCK_CLUSTER_GRACE").needingRestart().section(27),
        Setting(
            Field("cluster.when_alone", \.clusterKeys.whenAlone, .word()),
            "What a member without a coordinator does: share starts requests within its share of the limits, stop starts none."
        )
        .variable("PADDOCK_CLUSTER_WHEN_ALONE").needingRestart().section(27),
    ]

    /// The map of the file that the key is in, such as `cluster`; nil if it is in none.
    package var map: String? { self.key.firstIndex(of: ".").map { String(self.key[..<$0]) } }

    /// The maps of the file that have settings as keys.
    package static let maps = Self.all.compactMap(\.map).reduce(into: [String]()) { maps, map in
        if maps.last != map { maps.append(map) }
    }

    /// The key inside its map.
    package var nameInMap: String {
        self.key.firstIndex(of: ".").map { String(self.key[$0...].dropFirst()) } ?? self.key
    }

    /// Every name that sets a key of a map, with the key inside the map; none if no key is in such a map.
    static func spellings(inMap map: String) -> [(name: String, key: String)] {
        Self.all.filter { $0.map == map }.flatMap { setting in
            ([setting.nameInMap] + setting.variables.map(\.name) + [setting.flag].compactMap(\.self)).map {
                ($0, setting.nameInMap)
            }
        }
    }
}
