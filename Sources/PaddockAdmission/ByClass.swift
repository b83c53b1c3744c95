// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// One value for each class.
struct ByClass<Value> {
    var interactive: Value
    var batch: Value

    subscript(requestClass: RequestClass) -> Value {
        get {
            switch requestClass {
            case .interactive: self.interactive
            case .batch: self.batch
            }
        }
        _modify {
            switch requestClass {
            case .interactive: yield &self.interactive
            case .batch: yield &self.batch
            }
        }
    }
}

extension ByClass: Sendable where Value: Sendable {}
