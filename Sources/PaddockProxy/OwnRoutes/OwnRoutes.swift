// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// The table of the routes that Paddock answers itself.
package struct OwnRoutes: Sendable {
    private let routes: [OwnRoute]
    /// The paths.
    package let paths: [OwnPath]

    /// - Parameter routes: the routes; the first whose path matches answers.
    package init(_ routes: [OwnRoute]) {
        self.routes = routes
        self.paths = routes.map(\.path)
    }

    /// Answers a request whose path is one of ``paths``.
    ///
    /// - Parameters:
    ///   - request: the request, read in full.
    ///   - admins: who may use the routes for admins.
    package func answer(to request: OwnRequest, admins: AdminRule) -> OwnAnswer {
        for route in self.routes {
            guard let rest = route.path.rest(of: request.path) else { continue }
            var request = request
            request.rest = rest
            do throws(ErrorReply) { return try route.answer(to: request, admins: admins) } catch {
                return .now(OwnReply(error, request.dialect))
            }
        }
        return .now(.notFound(request.path))
    }
}
