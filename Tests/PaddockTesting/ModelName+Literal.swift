// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

extension ModelName: ExpressibleByStringLiteral {
    /// A name that is known to be one: the test ends if it is not.
    package init(stringLiteral value: String) {
        guard let name = ModelName(value) else { preconditionFailure("no model name: \(value)") }
        self = name
    }
}
