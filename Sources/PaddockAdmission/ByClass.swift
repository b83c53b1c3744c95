// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockBase

/// One value for each class.
package struct ByClass<Value> {
    /// That of interactive requests.
    package var interactive: Value
    /// That of batch.
    package var batch: Value

    /// Makes a value for each class.
    package init(interactive: Value, batch: Value) {
        self.interactive = interactive
        self.batch = batch
    }

    /// The value of a class.
    package subscript(requestClass: RequestClass) -> Value {
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
