// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The options that decide whether a loaded model fits a request.
struct RunnerOptions: Equatable, Sendable {
    /// `num_ctx`: the context length in tokens.
    var contextLength: Int?
    /// `num_batch`
    var batch: Int?
    /// `num_gpu`: layers on the GPU; negative leaves it to the server.
    var gpuLayers: Int?
    /// `main_gpu`
    var mainGPU: Int?
    /// `use_mmap`; `nil` leaves it to the server.
    var usesMMap: Bool?
    /// `num_thread`; 0 leaves it to the server.
    var threads: Int?

    /// All options, with Ollama's defaults for those that a request does not name.
    ///
    /// - Parameter contextLength: The one of the server.
    func completed(contextLength: Int) -> RunnerOptions {
        RunnerOptions(
            contextLength: self.contextLength ?? contextLength,
            batch: self.batch ?? 512,
            gpuLayers: max(-1, self.gpuLayers ?? -1),
            mainGPU: self.mainGPU ?? 0,
            usesMMap: self.usesMMap,
            threads: self.threads ?? 0
        )
    }
}
