// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

extension Setting {
    /// The settings that should be the same on all members of a cluster, as what the coordinator has holds for all.
    package static let sharedByMembers = Setting.all.filter { Self.sharedKeys.contains($0.key) }

    private static let sharedKeys: Set = [
        "backends", "ollama_num_parallel", "ollama_max_queue", "request_timeout", "models", "require_key", "fairness",
        "fairness_by", "batch_share", "batch_slots", "swap", "swap_visit", "swap_slack", "swap_patience", "swap_unload",
        "spill", "learn_parallel", "wedge_after", "cloud_parallel", "cluster.lease", "cluster.grace",
        "cluster.when_alone",
    ]
}
