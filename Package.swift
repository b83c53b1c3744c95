// swift-tools-version: 6.2
//
// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "paddock",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "paddock", targets: ["paddock"])
    ],
    dependencies: [
        // Why each of these and not another: docs/design.md, "Dependencies".
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-structured-headers", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // The C library under one name, and the calls that several targets make.
        .target(name: "PaddockSystem"),
        // Plain values that every target above needs: names, classes, instants, addresses, dates, key hashes. Pure.
        .target(name: "PaddockBase"),
        // JSON: one value, one reader, one writer. Pure.
        .target(name: "PaddockJSON"),
        // The decisions: who starts, who waits, who is rejected. Pure: no NIO, no Foundation, no clock, no log.
        .target(
            name: "PaddockAdmission",
            dependencies: [
                "PaddockBase",
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        // The admission in virtual time, and traces: what they say, how they are written and read.
        .target(
            name: "PaddockReplay",
            dependencies: [
                "PaddockAdmission",
                "PaddockBase",
                "PaddockSystem",
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        // Lines of logs and traces, written by a thread of their own.
        .target(
            name: "PaddockLog",
            dependencies: [
                "PaddockBase",
                "PaddockSystem",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // What stays over restarts, in SQLite.
        .target(
            name: "PaddockStore",
            dependencies: [
                "PaddockBase",
                "PaddockJSON",
                "PaddockSystem",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        // Batch jobs: input and output files, and which request begins when. Pure.
        .target(name: "PaddockBatch", dependencies: ["PaddockBase", "PaddockJSON"]),
        // HTTP/1.1 and the model field, on bytes. Pure.
        .target(name: "PaddockHTTP", dependencies: ["PaddockBase"]),
        // Who coordinates a cluster of gateways, and what may start. Pure.
        .target(name: "PaddockCluster", dependencies: ["PaddockBase"]),
        .target(
            name: "PaddockConfiguration",
            dependencies: [
                "PaddockAdmission",
                "PaddockBase",
                "PaddockCluster",
                "PaddockHTTP",
                "PaddockSystem",
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        // The calls of the operating system that sockets are made of, in one form for Linux and macOS.
        .target(name: "CSockets"),
        // Event loops, and TCP connections on them.
        .target(
            name: "PaddockSockets",
            dependencies: [
                "CSockets",
                "PaddockSystem",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // The byte path: listener, routing, exchange, backends, replies.
        .target(
            name: "PaddockProxy",
            dependencies: [
                "PaddockAdmission",
                "PaddockBase",
                "PaddockBatch",
                "PaddockConfiguration",
                "PaddockHTTP",
                "PaddockJSON",
                "PaddockSockets",
                "PaddockSystem",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
            ]
        ),
        // Redis and etcd, where the members of a cluster find each other.
        .target(
            name: "PaddockClusterStore",
            dependencies: [
                "PaddockBase",
                "PaddockClient",
                "PaddockCluster",
                "PaddockJSON",
                "PaddockSystem",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // The bytes between members: handshake, messages, codes against changes. Pure.
        .target(
            name: "PaddockClusterLink",
            dependencies: [
                "PaddockBase",
                "PaddockCluster",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        // A member of a cluster: a machine with its store and its links, on a thread of its own.
        .target(
            name: "PaddockClusterNode",
            dependencies: [
                "PaddockBase",
                "PaddockCluster",
                "PaddockClusterLink",
                "PaddockClusterStore",
                "PaddockSystem",
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // The requests of a member, and the queue of the coordinator.
        .target(
            name: "PaddockClusterAdmission",
            dependencies: [
                "PaddockAdmission",
                "PaddockBase",
                "PaddockCluster",
                "PaddockClusterLink",
                "PaddockClusterNode",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        // Ends checks of exclusive access at run time in release builds.
        .target(name: "CExclusivity"),
        // An Ollama-shaped backend without a model.
        .target(
            name: "PaddockSimulator",
            dependencies: [
                "PaddockBase",
                "PaddockHTTP",
                "PaddockJSON",
                "PaddockSystem",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        // The page at /dashboard: its files, as bytes in the binary. A target of its own, as these take long to compile.
        .target(
            name: "PaddockPage",
            resources: [
                .embedInCode("Files/dashboard.html"),
                .embedInCode("Files/dashboard.css"),
                .embedInCode("Files/app.js"),
                .embedInCode("Files/tools.js"),
                .embedInCode("Files/signin.js"),
                .embedInCode("Files/charts.js"),
                .embedInCode("Files/table.js"),
                .embedInCode("Files/history.js"),
                .embedInCode("Files/quotas.js"),
                .embedInCode("Files/overview.js"),
                .embedInCode("Files/models.js"),
                .embedInCode("Files/model.js"),
                .embedInCode("Files/fleet.js"),
                .embedInCode("Files/requests.js"),
                .embedInCode("Files/clients.js"),
                .embedInCode("Files/events.js"),
                .embedInCode("Files/usage.js"),
                .embedInCode("Files/batches.js"),
            ]
        ),
        // The composition root and the own routes.
        .target(
            name: "PaddockServer",
            dependencies: [
                "PaddockAdmission",
                "PaddockBase",
                "PaddockBatch",
                "PaddockCluster",
                "PaddockClusterAdmission",
                "PaddockClusterNode",
                "PaddockClusterStore",
                "PaddockConfiguration",
                "PaddockHTTP",
                "PaddockJSON",
                "PaddockLog",
                "PaddockPage",
                "PaddockProxy",
                "PaddockReplay",
                "PaddockSockets",
                "PaddockStore",
                "PaddockSystem",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        // An HTTP client for single requests, one after the other on a connection.
        .target(
            name: "PaddockClient",
            dependencies: [
                "PaddockBase",
                "PaddockSystem",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
        .executableTarget(
            name: "paddock",
            dependencies: [
                "CExclusivity",
                "PaddockAdmission",
                "PaddockBase",
                "PaddockClient",
                "PaddockConfiguration",
                "PaddockHTTP",
                "PaddockJSON",
                "PaddockProxy",
                "PaddockReplay",
                "PaddockServer",
                "PaddockSimulator",
                "PaddockStore",
                "PaddockSystem",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            // Calls into the runtime are a tenth of what a request costs, and dearer into a shared library.
            linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(platforms: [.linux], configuration: .release))]
                // What the static Foundation asks for.
                + ["CoreFoundation", "_FoundationICU", "_FoundationCShims", "_FoundationCollections"].map {
                    .linkedLibrary($0, .when(platforms: [.linux], configuration: .release))
                }
        ),
        // What several test targets use.
        .target(
            name: "PaddockTesting",
            dependencies: ["CSockets", "PaddockAdmission", "PaddockBase", "PaddockSystem"],
            path: "Tests/PaddockTesting"
        ),
        .testTarget(name: "PaddockBaseTests", dependencies: ["PaddockBase", "PaddockTesting"]),
        .testTarget(name: "PaddockJSONTests", dependencies: ["PaddockBase", "PaddockJSON", "PaddockTesting"]),
        .testTarget(
            name: "PaddockAdmissionTests",
            dependencies: ["PaddockAdmission", "PaddockBase", "PaddockSystem", "PaddockTesting"]
        ),
        .testTarget(
            name: "PaddockReplayTests",
            dependencies: ["PaddockAdmission", "PaddockBase", "PaddockReplay", "PaddockSystem", "PaddockTesting"]
        ),
        .testTarget(
            name: "PaddockLogTests",
            dependencies: [
                "PaddockBase",
                "PaddockLog",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "PaddockStoreTests",
            dependencies: ["PaddockStore", "PaddockSystem", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        .testTarget(name: "PaddockBatchTests", dependencies: ["PaddockBase", "PaddockBatch", "PaddockJSON"]),
        .testTarget(
            name: "PaddockHTTPTests",
            dependencies: [
                "PaddockBase",
                "PaddockHTTP",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "PaddockConfigurationTests",
            dependencies: ["PaddockAdmission", "PaddockBase", "PaddockConfiguration", "PaddockHTTP"]
        ),
        .testTarget(
            name: "PaddockSocketsTests",
            dependencies: [
                "CSockets",
                "PaddockSockets",
                "PaddockTesting",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "PaddockProxyTests",
            dependencies: [
                "CSockets",
                "PaddockAdmission",
                "PaddockBase",
                "PaddockBatch",
                "PaddockConfiguration",
                "PaddockHTTP",
                "PaddockJSON",
                "PaddockProxy",
                "PaddockSockets",
                "PaddockTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(name: "PaddockClusterTests", dependencies: ["PaddockBase", "PaddockCluster", "PaddockSystem"]),
        .testTarget(
            name: "PaddockClusterStoreTests",
            dependencies: [
                "PaddockBase",
                "PaddockCluster",
                "PaddockClusterStore",
                "PaddockSystem",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "PaddockClusterLinkTests",
            dependencies: [
                "PaddockBase",
                "PaddockCluster",
                "PaddockClusterLink",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "PaddockClusterAdmissionTests",
            dependencies: [
                "PaddockAdmission",
                "PaddockBase",
                "PaddockCluster",
                "PaddockClusterAdmission",
                "PaddockClusterLink",
                "PaddockClusterNode",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "PaddockClusterNodeTests",
            dependencies: [
                "PaddockAdmission",
                "PaddockBase",
                "PaddockCluster",
                "PaddockClusterAdmission",
                "PaddockClusterNode",
                "PaddockClusterStore",
            ]
        ),
        .testTarget(name: "PaddockSimulatorTests", dependencies: ["PaddockJSON", "PaddockSimulator"]),
        .testTarget(
            name: "PaddockServerTests",
            dependencies: [
                "PaddockAdmission",
                "PaddockBase",
                "PaddockBatch",
                "PaddockCluster",
                "PaddockClusterAdmission",
                "PaddockConfiguration",
                "PaddockJSON",
                "PaddockProxy",
                "PaddockReplay",
                "PaddockServer",
                "PaddockSockets",
                "PaddockStore",
                "PaddockTesting",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]
        ),
        .testTarget(name: "PaddockClientTests", dependencies: ["PaddockClient"]),
        .testTarget(
            name: "PaddockCommandTests",
            dependencies: [
                "paddock",
                "PaddockBase",
                "PaddockClient",
                "PaddockConfiguration",
                "PaddockJSON",
                "PaddockServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

// What the switch of CExclusivity leaves of a check, two calls for each use of a stored property, is a twentieth of the instructions
// of a request. Debug builds, and so the tests, keep the checks.
let carriesRequests: Set = [
    "PaddockAdmission", "PaddockBase", "PaddockHTTP", "PaddockLog", "PaddockProxy", "PaddockReplay", "PaddockServer",
    "PaddockSockets",
]

for target in package.targets {
    var settings = target.swiftSettings ?? []
    if carriesRequests.contains(target.name) {
        settings.append(.unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)))
    }
    settings += [
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
        .enableUpcomingFeature("ExistentialAny"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
        .enableUpcomingFeature("MemberImportVisibility"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
        .enableUpcomingFeature("InternalImportsByDefault"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0443-warning-control-flags.md
        .treatAllWarnings(as: .error),
    ]
    target.swiftSettings = settings
}

// Under the thread sanitizer the admission and the event loops are built alone, with a mutex that the sanitizer knows.
if Context.environment["PADDOCK_SANITIZE_THREADS"] != nil {
    let names = [
        "CSockets", "PaddockAdmission", "PaddockAdmissionTests", "PaddockBase", "PaddockSockets", "PaddockSocketsTests",
        "PaddockSystem", "PaddockTesting",
    ]
    package.products = []
    package.targets.removeAll { !names.contains($0.name) }
    for target in package.targets where target.name != "CSockets" {
        target.dependencies.append("SanitizerMutex")
        target.swiftSettings?.append(.define("SANITIZE_THREADS"))
    }
    package.targets.append(.target(name: "SanitizerMutex"))
}
