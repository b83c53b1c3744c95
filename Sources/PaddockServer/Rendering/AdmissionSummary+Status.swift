// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission

extension AdmissionSummary {
    /// How the gateway is, in one word.
    var status: String {
        if self.isDraining { return "draining" }
        return self.backends.allSatisfy { $0.isHealthy || $0.standing != .open } ? "healthy" : "degraded"
    }
}
