// swift-tools-version: 6.2
//
// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let fuzzed: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-sanitize=fuzzer", "-parse-as-library"]),
]

let buffers = Target.Dependency.product(name: "NIOCore", package: "swift-nio")

/// A fuzzer: a target in Swift, and an executable in C, for the package manager gives one in Swift a main function of its own.
func fuzzer(_ name: String, _ target: String, _ dependencies: [Target.Dependency] = ["PaddockHTTP"]) -> [Target] {
    [
        .target(name: target, dependencies: dependencies, swiftSettings: fuzzed),
        .executableTarget(
            name: name,
            dependencies: [.target(name: target)],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]
        ),
    ]
}

// The sources and the references are links into the main package and not a dependency on it: the fuzzer only sees into
// code that was compiled for it, and `package` declarations only show inside one package.
let package = Package(
    name: "fuzzing",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .target(name: "PaddockBase", swiftSettings: fuzzed),
        .target(name: "PaddockHTTP", dependencies: ["PaddockBase"], swiftSettings: fuzzed),
        .target(name: "PaddockRedis", dependencies: [buffers], swiftSettings: fuzzed),
        .target(name: "PaddockCluster", dependencies: ["PaddockBase"], swiftSettings: fuzzed),
        .target(
            name: "PaddockClusterLink",
            dependencies: [
                "PaddockBase", "PaddockCluster", buffers, .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: fuzzed
        ),
    ]
        + fuzzer("fuzz-bodies", "BodyFuzzer") + fuzzer("fuzz-heads", "HeadFuzzer")
        + fuzzer("fuzz-model-field", "ModelFieldFuzzer") + fuzzer("fuzz-targets", "TargetFuzzer")
        + fuzzer("fuzz-uploads", "UploadFuzzer") + fuzzer("fuzz-replies", "ReplyFuzzer", ["PaddockRedis", buffers])
        + fuzzer("fuzz-links", "LinkFuzzer", ["PaddockBase", "PaddockCluster", "PaddockClusterLink", buffers]),
    swiftLanguageModes: [.v6]
)
