// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Shape {
    /// The shapes by which policies are compared: open and closed loops, skewed and even demand, one host and several, and clients
    /// that take more than their share.
    package static let all: [Shape] = [
        Shape(
            "uniform 3, 1 loaded",
            models: same(3),
            streams: [Stream(rate: 0.38, models: [0, 1, 2], clients: clients(6))]
        ),
        Shape(
            "zipf 5, 1 loaded",
            models: same(5),
            streams: [Stream(rate: 0.36, models: Array(0..<5), weights: zipf, clients: clients(6))]
        ),
        Shape(
            "uniform 5, 2 loaded",
            models: same(5),
            hosts: [Host(maxLoaded: 2)],
            streams: [Stream(rate: 0.45, models: Array(0..<5), clients: clients(6))]
        ),
        Shape(
            "light load, uniform 4, 1 loaded",
            models: same(4),
            streams: [Stream(rate: 0.05, models: Array(0..<4), clients: clients(4), end: 2 * duration)]
        ),
        Shape(
            "16 GiB: embeddings, chat, code, vision",
            models: [
                Model(load: 1, bytes: 1 << 29, slots: 1), Model(load: 5, bytes: 6 << 30),
                Model(load: 9, bytes: 14 << 30),
                Model(load: 7, bytes: 9 << 30),
            ],
            hosts: [Host(maxLoaded: 9, memory: 16 << 30)],
            streams: [
                Stream(rate: 0.5, models: [0], clients: clients(4), work: 0.3),
                Stream(rate: 0.14, models: [1], clients: clients(4)),
                Stream(rate: 0.04, models: [2], clients: clients(2), work: 8),
                Stream(rate: 0.03, models: [3], clients: ["c3"], work: 4),
            ]
        ),
        Shape(
            "agents: plan, 3 explorers, coder",
            models: same(3),
            loops: (0..<3).map {
                Loop(client: "agent\($0)", script: [(0, 1), (1, 3), (2, 1), (0, 1)], think: 1, work: 2.5)
            }
        ),
        Shape(
            "closed loops, a model each",
            models: same(3),
            loops: (0..<6).map { Loop(client: "c\($0)", script: [($0 % 3, 1)], think: 1.5) }
        ),
        hog(rate: 0.9, light: 0.03, end: duration),
        Shape(
            "one client changes models all the time",
            models: same(3),
            loops: [
                Loop(client: "flip", script: [(0, 1), (1, 1), (2, 1)], think: 0.05, work: 0.3),
                Loop(client: "c1", script: [(0, 1)], think: 0.5), Loop(client: "c2", script: [(0, 1)], think: 0.5),
            ]
        ),
        Shape(
            "one client on 3 models, two on 1",
            models: same(3),
            loops: (0..<9).map {
                Loop(client: "spread", script: [($0 / 3, 1)], think: 0.05, isSteady: true, start: 0.1)
            } + ["c1", "c2"].map { Loop(client: $0, script: [(0, 3)], think: 0.05) }
        ),
        Shape(
            "one model with two context lengths",
            models: same(1),
            loops: (0..<4).map { Loop(client: "c\($0)", script: [(0, 1)], think: 1, options: 1 + $0 % 2) }
        ),
        Shape(
            "the hot model moves",
            models: same(4),
            streams: (0..<4).map {
                Stream(
                    rate: 0.4,
                    models: [$0, ($0 + 1) % 4],
                    weights: [3, 1],
                    clients: clients(6),
                    start: Double($0) * duration / 4,
                    end: Double($0 + 1) * duration / 4
                )
            }
        ),
        Shape(
            "long jobs among short ones",
            models: same(3),
            streams: [
                Stream(rate: 0.02, models: [0], clients: ["long"], work: 40),
                Stream(rate: 0.12, models: [1], clients: clients(3), work: 2),
                Stream(rate: 0.12, models: [2], clients: clients(3), work: 2),
            ]
        ),
        Shape(
            "2 hosts, zipf 5, 2 loaded",
            models: same(5),
            hosts: Array(repeating: Host(maxLoaded: 2), count: 2),
            streams: [Stream(rate: 0.8, models: Array(0..<5), weights: zipf, clients: clients(8))]
        ),
        Shape(
            "3 hosts, uniform 5, 1 loaded",
            models: same(5),
            hosts: Array(repeating: Host(), count: 3),
            streams: [Stream(rate: 0.9, models: Array(0..<5), clients: clients(8))]
        ),
        Shape(
            "2 hosts, bursts on a hot model",
            models: same(4),
            hosts: Array(repeating: Host(maxLoaded: 2), count: 2),
            streams: [
                Stream(rate: 0.02, models: [0], clients: clients(4), burst: 20),
                Stream(rate: 0.2, models: [1, 2, 3], clients: clients(8)),
            ]
        ),
    ]

    /// One client floods the model that is loaded, two others ask for another one now and then.
    ///
    /// - Parameters:
    ///   - rate: How many requests the hog sends per second.
    ///   - light: How many each of the others sends per second. Defaults to one in 50 seconds.
    ///   - end: When all of them stop. Defaults to 400 seconds after the start.
    package static func hog(rate: Double, light: Double = 0.02, end: Double = 400) -> Shape {
        Shape(
            "a hog floods the loaded model",
            models: same(3),
            streams: [("hog", rate), ("c1", light), ("c2", light)].enumerated().map {
                Stream(rate: $0.element.1, models: [$0.offset], clients: [$0.element.0], end: end)
            }
        )
    }

    private static func same(_ count: Int) -> [Model] { Array(repeating: Model(), count: count) }

    private static func clients(_ count: Int) -> [String] { (0..<count).map { "c\($0)" } }

    private static let zipf = (1...5).map { 1 / Double($0) }
}
