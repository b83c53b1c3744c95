// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The keys of one model's limits in the file.
enum ModelLimitKey: String, CaseIterable {
    /// How many of the model's requests run at once.
    case parallelLimit = "parallel_limit"
    /// How many of the model's requests may wait.
    case queueLimit = "queue_limit"

    /// Where the value goes.
    var limit: WritableKeyPath<ModelLimits, Int?> {
        switch self {
        case .parallelLimit: \.parallelLimit
        case .queueLimit: \.queueLimit
        }
    }

    /// The values that are allowed.
    var range: ClosedRange<Int> {
        switch self {
        case .parallelLimit: ConfigurationKey.parallelLimits
        case .queueLimit: ConfigurationKey.queueLimits
        }
    }

    /// The name of a model's limit in messages and listings.
    func settingName(of model: String) -> String {
        "\(ConfigurationKey.models.rawValue).\(model).\(self.rawValue)"
    }

    /// The keys, with what an unknown one is compared with.
    static let spellings = Self.allCases.map { (name: $0.rawValue, key: $0.rawValue) }
}
