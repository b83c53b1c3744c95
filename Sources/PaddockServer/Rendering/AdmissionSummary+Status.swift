// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase

extension AdmissionSummary {
    /// How the gateway is, in one word.
    ///
    /// - Parameter isCritical: whether requests fail, or something else is critical, whatever the backends say.
    func status(isCritical: Bool) -> String {
        if self.isDraining { return "draining" }
        if isCritical { return "degraded" }
        let inTrouble = self.backends.indices.contains {
            self.backends[$0].standing == .open && self.trouble(of: $0) != nil
        }
        return inTrouble ? "degraded" : "healthy"
    }

    /// What is wrong with a backend, in a few words; nil if nothing is known to be.
    func trouble(of index: Int) -> String? {
        guard self.backends[index].isHealthy else { return "does not answer" }
        let fleet = self.fleet.backends[index]
        return switch fleet.breaker.cause {
        case .unreachable: "could not be reached"
        case .errors: "answers with errors"
        case .silence: "has been silent for long while others answered"
        case .refusals: "is busy"
        case .stuckLoad: "does not finish loading \(fleet.stuckModel?.description ?? "a model")"
        case nil: nil
        }
    }
}
