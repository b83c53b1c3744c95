// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// The replies about models: `/api/tags`, `/api/ps`, `/api/show`, `/v1/models`.
struct ModelReplies {
    let clock: WallClock
    let contextLength: Int

    func tags(_ models: [SimulatedModel]) -> JSONText {
        let list = models.map { model -> JSONText in
            #"""
            \#(self.opening(model)),"modified_at":\#(self.clock.timestamp(seconds: model.modifiedAt)),\#
            "capabilities":\#(model.capabilities)}
            """#
        }
        return #"{"models":\#(list)}"#
    }

    /// - Parameter expiresAt: Nanoseconds since 1970.
    func running(_ model: SimulatedModel, _ runner: Runner, expiresAt: Int64) -> JSONText {
        let contextLength = runner.options.contextLength ?? 0
        return #"""
            \#(self.opening(model)),"expires_at":\#(self.clock.timestamp(nanoseconds: expiresAt)),\#
            "size_vram":\#(model.size),"context_length":\#(contextLength)}
            """#
    }

    func show(_ model: SimulatedModel) -> JSONText {
        let about = "# Simulated by paddock sim: there is no model.\nFROM \(model.name)"
        let capabilities = model.capabilities
        return #"""
            {"license":"simulated","modelfile":\#(about),"parameters":"","template":"{{ .Prompt }}",\#
            "details":\#(self.details(model)),"model_info":{"general.architecture":"simulated",\#
            "general.basename":\#(model.name),"simulated.context_length":\#(self.contextLength),\#
            "simulated.embedding_length":\#(model.embeddingLength)},"capabilities":\#(capabilities),\#
            "modified_at":\#(self.clock.timestamp(seconds: model.modifiedAt))}
            """#
    }

    func openAIList(_ models: [SimulatedModel]) -> JSONText {
        #"{"object":"list","data":\#(models.map { self.openAI($0, id: $0.name) })}"#
    }

    func openAI(_ model: SimulatedModel, id: String) -> JSONText {
        #"{"id":\#(id),"object":"model","created":\#(model.modifiedAt),"owned_by":"paddock-sim"}"#
    }

    /// What `/api/tags` and `/api/ps` have in common, without the closing brace.
    private func opening(_ model: SimulatedModel) -> JSONText {
        #"""
        {"name":\#(model.name),"model":\#(model.name),"size":\#(model.size),"digest":\#(model.digest),\#
        "details":\#(self.details(model))
        """#
    }

    private func details(_ model: SimulatedModel) -> JSONText {
        #"""
        {"parent_model":"","format":"simulated","family":\#(model.family),"families":[\#(model.family)],\#
        "parameter_size":\#(model.parameterSize),"quantization_level":"none"}
        """#
    }
}
