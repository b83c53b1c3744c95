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

// The sources and the references are links into the main package and not a dependency on it: the fuzzer only sees into
// code that was compiled for it, and `package` declarations only show inside one package.
let package = Package(
    name: "fuzzing",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "PaddockHTTP", swiftSettings: fuzzed),
        .target(name: "ModelFieldFuzzer", dependencies: ["PaddockHTTP"], swiftSettings: fuzzed),
        // In C, for the package manager gives an executable in Swift a main function of its own.
        .executableTarget(
            name: "fuzz-model-field",
            dependencies: ["ModelFieldFuzzer"],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])]
        ),
    ],
    swiftLanguageModes: [.v6]
)
