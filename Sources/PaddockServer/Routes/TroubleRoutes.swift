// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockJSON
internal import PaddockProxy

/// `/queue/troubles`: what is wrong now (contract section 26).
struct TroubleRoutes: Sendable {
    private let watch: TroubleWatch

    init(_ services: GatewayServices) { self.watch = services.troubles }

    /// The worst first; names of clients and what backends and the store said for viewers only.
    func list(_ request: OwnRequest) -> OwnAnswer {
        let troubles = self.watch.troubles
        return .json(.object { troubles.write(isWhole: request.role >= .viewer, to: &$0) })
    }
}
