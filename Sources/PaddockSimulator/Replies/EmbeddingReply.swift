// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// The replies of the three embedding routes.
struct EmbeddingReply {
    let model: String
    let vectors: [EmbeddingVector]
    let report: RequestReport

    /// `/api/embed`
    var embed: JSONText {
        return #"""
            {"model":\#(self.model),"embeddings":\#(self.vectors),"total_duration":\#(max(1, self.report.total)),\#
            "load_duration":\#(max(1, self.report.load)),"prompt_eval_count":\#(self.report.promptTokens),\#
            "simulated":true}
            """#
    }

    /// `/api/embeddings`
    var embeddings: JSONText {
        let vector: JSONText = self.vectors.first.map { "\($0)" } ?? "[]"
        return #"{"embedding":\#(vector),"simulated":true}"#
    }

    /// `/v1/embeddings`
    func openAI(base64: Bool) -> JSONText {
        let data = self.vectors.enumerated().map { index, vector -> JSONText in
            let embedding: JSONText = base64 ? "\(vector.base64)" : "\(vector)"
            return #"{"object":"embedding","embedding":\#(embedding),"index":\#(index)}"#
        }
        return #"""
            {"object":"list","data":\#(data),"model":\#(self.model),\#
            "usage":{"prompt_tokens":\#(self.report.promptTokens),"total_tokens":\#(self.report.promptTokens)},\#
            "simulated":true}
            """#
    }
}
