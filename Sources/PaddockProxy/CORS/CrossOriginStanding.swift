// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Whether the web page that sent a request is allowed.
enum CrossOriginStanding: Equatable {
    /// No page of another origin sent it, or it is for a route of ours, which no such page may read.
    case none
    /// Its page may read the answer, as it is in the list.
    case allowed
    /// Its page may read the answer, as every page may.
    case allowedToAll
    /// Its page may not read the answer.
    case refused
    /// As `refused`, and the request itself asks whether it may.
    case refusedPreflight

    /// Whether the page may read the answer.
    var isAllowed: Bool { self == .allowed || self == .allowedToAll }
}
