// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// What a JSON body has besides its model that matters for queueing.
///
/// As for the model the last of several equal keys counts, and a null says nothing.
package struct BodyHints: Equatable, Sendable {
    /// The top-level `stream`; `nil` if there is none, so that the route decides.
    package internal(set) var stream: Bool?
    /// Whether the top-level `service_tier` is `flex`, OpenAI's word for a request that can wait.
    package internal(set) var isFlexTier = false
    /// Whether there is a top-level `prompt` that is not empty.
    var hasPrompt = false
    /// Whether there are top-level `messages`, one at least.
    var hasMessages = false
    /// How many inputs the top-level `input` has: 1 for a text or an array of tokens, else as many as the array has elements; 0 if it is
    /// missing, null or empty. At most 2,147,483,647.
    package internal(set) var inputs: Int32 = 0
    /// The most tokens that the answer is to have by the top-level `max_tokens`, `max_completion_tokens` and `max_output_tokens`: the largest
    /// number above 0 that stands there, at most 2,147,483,647; 0 if there is none.
    package internal(set) var maxTokens: Int32 = 0
    /// The same by `num_predict` in `options`, of which the last one counts: 0 also for one that is not above 0, which sets no bound.
    package internal(set) var numPredict: Int32 = 0
    /// What the body asks of the runner, as a body of `/api/generate`, `/api/chat`, `/api/embed` or `/api/embeddings` does: its top-level
    /// `options` and `shift`.
    ///
    /// A second `options` adds to the first, as in Go. If one of the values is of a wrong type, there are none: Ollama answers such a
    /// request with an error, whatever is loaded.
    package internal(set) var options = RunnerOptions()
    /// ``keepAlive`` in nanoseconds; less than 0 if nothing is said.
    var keepAliveNanoseconds: Int64 = -1

    /// Nothing.
    package init() {}

    /// How long the model is to stay loaded: the top-level `keep_alive`, a number of seconds or a text such as `5m`.
    ///
    /// Nil if there is none, or none that Ollama understands. Whatever is less than 0 or beyond 292 years is ``forever``.
    package var keepAlive: Nanoseconds? {
        self.keepAliveNanoseconds < 0 ? nil : Nanoseconds(self.keepAliveNanoseconds)
    }

    /// A ``keepAlive`` that never ends: the longest of Go's durations.
    package static let forever = Nanoseconds(.max)

    /// Whether a request to Ollama that has this body runs nothing, as its prompt, its messages or its inputs are empty. It loads its model.
    package var isEmpty: Bool { !self.hasPrompt && !self.hasMessages && self.inputs == 0 }

    /// Whether it asks Ollama to unload its model once it has been answered; if it is empty, too, at once.
    package var unloads: Bool { self.keepAliveNanoseconds == 0 }
}
