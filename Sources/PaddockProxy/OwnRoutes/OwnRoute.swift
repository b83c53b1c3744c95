// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// A route that Paddock answers itself: its path, who may use it, its methods, and what answers.
package struct OwnRoute: Sendable {
    /// Who may use a route.
    package enum Permission: Sendable {
        /// Everyone who can reach Paddock.
        case everybody
        /// Viewers to read with `GET`, and admins for everything else (``AccessRule``).
        case admins
        /// Everyone, unless there is no dashboard.
        case page
        /// Those who get the dashboard's data.
        case pageData
        /// Those that may use a queued route, and no pages of another origin: a browser sends forms to anybody. A request has an
        /// owner then.
        case clients
    }

    /// A method that a route answers.
    package enum Method: String, Sendable {
        /// `GET`, and `HEAD` with it.
        case get = "GET, HEAD"
        /// `POST`. A body must be sent as `application/json`, which the form of a page of another origin cannot do.
        case post = "POST"
        /// `DELETE`.
        case delete = "DELETE"

        /// - Returns: nil for any other method.
        fileprivate init?(of request: OwnRequest) {
            switch request.method {
            case "GET", "HEAD": self = .get
            case "POST": self = .post
            case "DELETE": self = .delete
            default: return nil
            }
        }
    }

    /// Answers a request. Called on the client's event loop, so it must not block: what takes more than some 100 µs is
    /// answered later.
    ///
    /// - Throws: an error, to be answered in the dialect of the path.
    package typealias Handler = @Sendable (OwnRequest) throws(ErrorReply) -> OwnAnswer

    /// Begins to take the body of a `POST`, which must be a form, as it arrives; the request has no body itself. Called as a handler is.
    ///
    /// - Throws: an error, to be answered before any of the body is read.
    package typealias UploadHandler = @Sendable (OwnRequest, UploadTools) throws(ErrorReply) -> any UploadReceiver

    /// The path.
    package let path: OwnPath
    private let methods: [Method]
    private let permission: Permission
    private let handler: Handler
    private let uploadHandler: UploadHandler?

    /// - Parameters:
    ///   - path: the path; see ``OwnPath``.
    ///   - methods: the methods that it answers; none if the handler looks at the method itself.
    ///   - permission: who may use it. Defaults to everybody.
    ///   - upload: what takes the body of a `POST` as it arrives. Defaults to nil: it is short, and kept.
    ///   - handler: what answers.
    package init(
        _ path: String,
        _ methods: Method...,
        for permission: Permission = .everybody,
        upload: UploadHandler? = nil,
        handler: @escaping Handler
    ) {
        self.path = OwnPath(path)
        self.methods = methods
        self.permission = permission
        self.uploadHandler = upload
        self.handler = handler
    }

    /// Answers a request if its client may use the route.
    func answer(to request: OwnRequest, access: AccessRule) throws(ErrorReply) -> OwnAnswer {
        try self.checkPermission(request, access)
        if self.methods.isEmpty { return try self.handler(request) }
        guard let method = Method(of: request), self.methods.contains(method) else {
            throw self.methodNotAllowed(request)
        }
        guard method != .post || request.body.isEmpty || request.hasJSONBody else {
            let message = "the body must be sent with Content-Type: application/json"
            throw ErrorReply(400, "invalid_request", message)
        }
        return try self.handler(request)
    }

    /// Whether the body of a `POST` is taken as it arrives.
    var takesUpload: Bool { self.uploadHandler != nil }

    /// Begins to take the body of a request if its client may use the route.
    func beginUpload(
        _ request: OwnRequest,
        _ tools: UploadTools,
        access: AccessRule
    ) throws(ErrorReply) -> any UploadReceiver {
        try self.checkPermission(request, access)
        guard let handler = self.uploadHandler else { throw self.methodNotAllowed(request) }
        return try handler(request, tools)
    }

    private func checkPermission(_ request: OwnRequest, _ access: AccessRule) throws(ErrorReply) {
        switch self.permission {
        case .everybody: break
        case .admins:
            let needed = Method(of: request) == .get ? Role.viewer : .admin
            if let refusal = access.refusal(of: request, needing: needed) { throw refusal }
        case .page, .pageData:
            let isData = self.permission == .pageData
            if let refusal = access.dashboardRefusal(of: request, forData: isData) { throw refusal }
        case .clients:
            if let refusal = AccessRule.foreignOrigin(request) { throw refusal }
            if request.owner == nil { throw ErrorReply(.keyMissing) }
        }
    }

    private func methodNotAllowed(_ request: OwnRequest) -> ErrorReply {
        let allowed = self.methods.map(\.rawValue).joined(separator: ", ")
        let message = "\(request.path) does not support \(request.method.prefix(32)): use \(allowed)"
        var error = ErrorReply(405, "method_not_allowed", message)
        error.fields = [("Allow", allowed)]
        return error
    }
}

extension OwnReply {
    /// The answer to a path of ours without a route.
    package static func notFound(_ path: String) -> OwnReply { OwnReply(.notFound(path)) }
}

extension ErrorReply {
    /// There is no route for a path of ours.
    static func notFound(_ path: String) -> ErrorReply {
        ErrorReply(404, "not_found", "there is nothing at \(path.prefix(256))")
    }
}
