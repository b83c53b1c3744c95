// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// The replies of the three embedding routes.
struct EmbeddingReply {
    let model: String
    let vectors: [EmbeddingVector]
    let report: RequestReport

    /// `/api/embed`
    var embed: JSONText {
        let vectors = self.vectors.map { JSONText(stringLiteral: $0.json) }
        return #"""
            {"model":\#(self.model),"embeddings":\#(vectors),"total_duration":\#(max(1, self.report.total)),\#
            "load_duration":\#(max(1, self.report.load)),"prompt_eval_count":\#(self.report.promptTokens),\#
            "simulated":true}
            """#
    }

    /// `/api/embeddings`
    var embeddings: JSONText {
        let vector = JSONText(stringLiteral: self.vectors.first?.json ?? "[]")
        return #"{"embedding":\#(vector),"simulated":true}"#
    }

    /// `/v1/embeddings`
    func openAI(base64: Bool) -> JSONText {
        let data = self.vectors.enumerated().map { index, vector -> JSONText in
            let embedding = base64 ? JSONText(string: vector.base64) : JSONText(stringLiteral: vector.json)
            return #"{"object":"embedding","embedding":\#(embedding),"index":\#(index)}"#
        }
        return #"""
            {"object":"list","data":\#(data),"model":\#(self.model),\#
            "usage":{"prompt_tokens":\#(self.report.promptTokens),"total_tokens":\#(self.report.promptTokens)},\#
            "simulated":true}
            """#
    }
}
