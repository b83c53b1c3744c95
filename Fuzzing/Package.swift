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

/// A fuzzer: a target in Swift, and an executable in C, for the package manager gives one in Swift a main function of its own.
func fuzzer(_ name: String, _ target: String) -> [Target] {
    [
        .target(name: target, dependencies: ["PaddockHTTP"], swiftSettings: fuzzed),
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
    targets: [
        .target(name: "PaddockBase", swiftSettings: fuzzed),
        .target(name: "PaddockHTTP", dependencies: ["PaddockBase"], swiftSettings: fuzzed),
    ]
        + fuzzer("fuzz-bodies", "BodyFuzzer") + fuzzer("fuzz-heads", "HeadFuzzer")
        + fuzzer("fuzz-model-field", "ModelFieldFuzzer") + fuzzer("fuzz-targets", "TargetFuzzer")
        + fuzzer("fuzz-uploads", "UploadFuzzer"),
    swiftLanguageModes: [.v6]
)
