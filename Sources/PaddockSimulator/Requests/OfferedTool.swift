// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockJSON

/// A tool that a request lets the model call.
struct OfferedTool: Equatable, Sendable {
    let name: String
    /// The JSON schema of its arguments; `nil` where there is none.
    let parameters: JSONValue?
}

/// What a request says about calling its tools.
enum ToolChoice: Equatable, Sendable {
    /// Never.
    case none
    /// As the model likes. Ours calls one, unless the conversation has a result since the user spoke.
    case auto
    /// Always, any of these; of all where it is empty.
    case required([String])
}
