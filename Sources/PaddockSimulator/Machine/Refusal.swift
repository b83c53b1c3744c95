// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a request is refused: before it has waited for anything, or once its runner has crashed.
enum Refusal: Equatable, Sendable {
    /// Too many requests wait for models that are not loaded.
    case busy
    /// The model's runner has crashed.
    case terminated
}
