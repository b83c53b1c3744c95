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

    /// Whether the body of a request is taken as it arrives.
    func takesUpload(_ request: OwnRequest) -> Bool {
        // Asked first, as routes are looked up in a list.
        guard request.method == "POST" else { return false }
        return self.routes.first { $0.path.rest(of: request.path) != nil }?.takesUpload ?? false
    }

    /// Begins to take the body of a request as it arrives.
    ///
    /// - Parameters:
    ///   - request: the request, without its body.
    ///   - tools: what the receiver works with.
    ///   - access: who may use which routes.
    /// - Throws: an error, to be answered at once.
    func beginUpload(
        _ request: OwnRequest,
        _ tools: UploadTools,
        access: AccessRule
    ) throws(ErrorReply) -> any UploadReceiver {
        guard let route = self.routes.first(where: { $0.path.rest(of: request.path) != nil }) else {
            throw .notFound(request.path)
        }
        return try route.beginUpload(request, tools, access: access)
    }

    /// Answers a request whose path is one of ``paths``.
    ///
    /// - Parameters:
    ///   - request: the request, read in full.
    ///   - access: who may use which routes.
    package func answer(to request: OwnRequest, access: AccessRule) -> OwnAnswer {
        for route in self.routes {
            guard let rest = route.path.rest(of: request.path) else { continue }
            var request = request
            request.rest = rest
            request.tokenRole = access.tokenRole(of: request)
            request.role = access.role(of: request)
            do throws(ErrorReply) { return try route.answer(to: request, access: access) } catch {
                return .now(OwnReply(error, request.dialect))
            }
        }
        return .now(.notFound(request.path))
    }
}
