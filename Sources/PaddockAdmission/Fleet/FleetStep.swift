// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase

/// What is to be done next so that waiters go on.
enum FleetStep {
    /// A request, taken out of its queue, gets a slot.
    case start(RequestIndex, on: BackendIndex, StartRule)
    /// Something is to be done on a backend.
    case command(BackendCommand)
}
