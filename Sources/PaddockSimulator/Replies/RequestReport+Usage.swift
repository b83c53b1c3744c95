// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

extension RequestReport {
    /// `usage` of completions.
    var openAIUsage: JSONText {
        #"""
        {"prompt_tokens":\#(self.promptTokens),"completion_tokens":\#(self.answerTokens),\#
        "total_tokens":\#(self.promptTokens + self.answerTokens)}
        """#
    }

    /// `usage` of `/v1/responses`.
    var responsesUsage: JSONText {
        #"""
        {"input_tokens":\#(self.promptTokens),"input_tokens_details":{"cached_tokens":0},\#
        "output_tokens":\#(self.answerTokens),"output_tokens_details":{"reasoning_tokens":0},\#
        "total_tokens":\#(self.promptTokens + self.answerTokens)}
        """#
    }

    /// `usage` of `/v1/messages`.
    var anthropicUsage: JSONText {
        #"{"input_tokens":\#(self.promptTokens),"output_tokens":\#(self.answerTokens)}"#
    }
}
