// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@Suite("Options of a runner")
struct RunnerOptionsTests {
    private static func options(_ values: [RunnerOptions.Name: Int32]) -> RunnerOptions {
        var options = RunnerOptions()
        for (name, value) in values { options[name] = value }
        return options
    }

    @Test("Without an option there is no text")
    func none() {
        #expect(RunnerOptions().isEmpty)
        #expect(RunnerOptions().description == "")
    }

    @Test("The text names what is named, in one order")
    func text() {
        let options = Self.options([.usesMMap: 0, .gpuLayers: 20, .contextLength: 8_192, .contextShift: 0])
        #expect(options.description == "num_ctx=8192 num_gpu=20 use_mmap=false shift=false")
        let longest = Self.options(
            Dictionary(uniqueKeysWithValues: RunnerOptions.Name.allCases.map { ($0, $0 == .threads ? .min : 0) })
        )
        #expect(longest.description.count <= 200)
    }

    @Test("What means the same to Ollama is the same")
    func normalised() {
        #expect(Self.options([.gpuLayers: -1]).isEmpty)
        #expect(Self.options([.threads: 0]).isEmpty)
        #expect(Self.options([.contextShift: 1]).isEmpty)
        #expect(Self.options([.contextLength: -5]) == Self.options([.contextLength: 4]))
        #expect(Self.options([.mainGPU: 0])[.mainGPU] == 0)
        #expect(Self.options([.draftTokens: 0]) != RunnerOptions())
    }

    @Test("What was named can be taken back")
    func takenBack() {
        for name in RunnerOptions.Name.allCases {
            var options = RunnerOptions()
            options[name] = name == .contextShift ? 0 : 7
            #expect(!options.isEmpty)
            options[name] = nil
            #expect(options == RunnerOptions())
        }
    }
}
