// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension RunnerOptions {
    /// What `options` of a body names.
    init(_ fields: RequestFields) throws(RequestError) {
        self.init(
            contextLength: try fields.option("num_ctx").map { min(max($0, 4), SimulatorOptions.maxContextLength) },
            batch: try fields.option("num_batch"),
            gpuLayers: try fields.option("num_gpu"),
            mainGPU: try fields.option("main_gpu"),
            usesMMap: try fields.switchOption("use_mmap"),
            threads: try fields.option("num_thread")
        )
    }
}
