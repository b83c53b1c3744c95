// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockAdmission

extension BackendIndex: ExpressibleByIntegerLiteral {
    /// An index that is written as a number.
    package init(integerLiteral value: Int) {
        self.init(value)
    }
}
