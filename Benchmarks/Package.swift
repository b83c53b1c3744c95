// swift-tools-version: 6.2
//
// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

// A package of its own, so that building or testing Paddock never builds its benchmarks. Linux only: the stub and the
// load client use epoll directly, so that what they cost stays small beside what is measured.
let package = Package(
    name: "paddock-benchmarks",
    products: [
        // Loaded at run time, so nothing links it.
        .library(name: "ValgrindSigsuspend", type: .dynamic, targets: ["ValgrindSigsuspend"])
    ],
    dependencies: [
        // What PaddockAdmission needs; the same line as in ../Package.swift.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
    ],
    targets: [
        // Links to ../Sources. As a dependency on the package above, their `package` declarations could
        // not be seen from here; compiled as targets of this package they can, and the sources stay in one place.
        .target(name: "PaddockBase"),
        .target(name: "PaddockSystem"),
        .target(
            name: "PaddockAdmission",
            dependencies: [
                "PaddockBase",
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        .target(
            name: "PaddockReplay",
            dependencies: [
                "PaddockAdmission",
                "PaddockBase",
                "PaddockSystem",
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        .executableTarget(name: "admission-bench", dependencies: ["PaddockAdmission", "PaddockBase"]),
        .executableTarget(name: "fairness-bench", dependencies: ["PaddockAdmission", "PaddockBase", "PaddockReplay"]),
        .executableTarget(name: "replay-bench", dependencies: ["PaddockAdmission", "PaddockBase", "PaddockReplay"]),
        .systemLibrary(name: "CEpoll"),
        .target(name: "BenchmarkSupport", dependencies: ["CEpoll"]),
        .executableTarget(name: "stub-backend", dependencies: ["BenchmarkSupport"]),
        .executableTarget(name: "load-client", dependencies: ["BenchmarkSupport", "PaddockBase"]),
        .target(name: "ValgrindSigsuspend"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
