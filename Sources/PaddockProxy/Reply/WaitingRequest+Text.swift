// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

extension WaitingRequest {
    /// What its client is told while it waits (contract section 14): one line, such as `queued, position 3, waiting for codellama to give
    /// way, about 14 s`.
    var text: String {
        let start = "queued, position \(self.position)\(self.isOwn ? " of this gateway's own" : "")"
        let behind = self.reason.behind.map { Self.shown($0.model) }
        let cause: String? =
            switch self.reason.kind {
            case .slot: nil
            case .swap: behind.map { "waiting for \($0) to give way" } ?? "waiting for its model to be loaded"
            case .load: "waiting for its model to be loaded"
            case .turn: behind.map { "waiting for its turn after \($0)" } ?? "waiting for its turn"
            case .refused: "waiting for a backend that is not busy"
            case .limit: "waiting for another request of this client to end"
            case .paused: "waiting until an operator lets this client go on"
            }
        guard let cause else { return start }
        guard let time = self.estimatedStart ?? self.reason.behind?.until else { return "\(start), \(cause)" }
        return "\(start), \(cause), about \(max(1, Int((time / .seconds(1)).rounded()))) s"
    }

    /// A name without anything that could end the line.
    private static func shown(_ model: ModelName) -> String {
        String(
            String.UnicodeScalarView(
                model.description.unicodeScalars.prefix(64).map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator: "?"
                    default: scalar
                    }
                }
            )
        )
    }
}
