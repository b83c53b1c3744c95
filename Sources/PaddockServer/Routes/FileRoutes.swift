// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockJSON
internal import PaddockProxy

/// `/v1/files` and what is below it (contract section 23).
struct FileRoutes: Sendable {
    /// The most files that one answer lists, and how many it lists if that is not said.
    private static let maxListed = 10_000
    /// What a form may have beside its file, in bytes, before an upload is refused by its length.
    private static let formBytes = 65_536

    private let files: FileStore?
    private let queue = DispatchQueue(label: "paddock-file-answers")
    private let writers = FileLanes("paddock-uploads", count: 4)
    private let readers = FileLanes("paddock-downloads", count: 2)

    init(_ services: GatewayServices) { self.files = services.files }

    /// Takes a file.
    func upload(_ request: OwnRequest, _ tools: UploadTools) throws(ErrorReply) -> any UploadReceiver {
        let (files, owner) = try self.access(request)
        if let length = request.statedLength {
            let limit = files.limits.upload
            if length > limit + Self.formBytes { throw .uploadTooLarge(limit) }
            if length > files.freeBytes + Self.formBytes { throw ErrorReply(.full(files.limits.total)) }
        }
        let file = try files.beginUpload(of: owner)
        let writer = UploadWriter(file, on: self.writers.take(), tools)
        return try FileUpload(request.contentType ?? "", writer, tools.responder)
    }

    /// The client's files.
    func list(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let (files, owner) = try self.access(request)
        let limit = try request.queryLimit(in: 1...Self.maxListed) ?? Self.maxListed
        let order = request.queryText("order") ?? "desc"
        guard order == "asc" || order == "desc" else { throw .invalidRequest("order must be asc or desc") }
        let after = request.queryText("after")
        var purpose: FileStore.Purpose?
        if let text = request.queryText("purpose") {
            // There are none for anything else.
            guard let known = FileStore.Purpose(rawValue: text) else { return .now(Self.reply([], hasMore: false)) }
            purpose = known
        }
        return self.later { [purpose] () throws(ErrorReply) in
            let found = try files.list(
                of: owner,
                purpose: purpose,
                after: after,
                limit: limit + 1,
                isAscending: order == "asc"
            )
            return Self.reply(found.prefix(limit), hasMore: found.count > limit)
        }
    }

    private static func reply(_ files: ArraySlice<FileStore.File>, hasMore: Bool) -> OwnReply {
        OwnReply(
            json: .object { json in
                json.member("object", "list")
                json.array("data") { json in
                    for file in files { json.object { file.write(to: &$0) } }
                }
                json.member("first_id", files.first?.id)
                json.member("last_id", files.last?.id)
                json.member("has_more", hasMore)
            }
        )
    }

    /// One file: what is known of it, what it holds, or its end.
    func file(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let (files, owner) = try self.access(request)
        let parts = request.rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        switch (request.method, parts.count, parts.last) {
        case ("DELETE", 1, _): return self.delete(parts[0], of: owner, files)
        case ("DELETE", _, _): return .now(OwnReply(.noFile(request.rest), request.dialect))
        case (_, 1, _):
            return self.later { () throws(ErrorReply) in
                let file = try files.file(parts[0], of: owner)
                return OwnReply(json: .object { file.write(to: &$0) })
            }
        case (_, 2, "content"):
            let queue = self.readers.take()
            return self.later { () throws(ErrorReply) in
                Self.content(of: try files.file(parts[0], of: owner), in: files, on: queue)
            }
        default: throw .noFile(request.rest)
        }
    }

    private func delete(_ id: String, of owner: String, _ files: FileStore) -> OwnAnswer {
        self.later { () throws(ErrorReply) in
            try files.delete(id, of: owner)
            return OwnReply(
                json: .object { json in
                    json.member("id", id)
                    json.member("object", "file")
                    json.member("deleted", true)
                }
            )
        }
    }

    private static func content(of file: FileStore.File, in files: FileStore, on queue: DispatchQueue) -> OwnReply {
        let path = files.path(of: file.id)
        var reply = OwnReply(contentType: "application/octet-stream") { (stream) throws(ErrorCause) in
            FileDownload(path, bytes: file.bytes, to: stream, on: queue).send(from: 0)
        }
        reply.length = file.bytes
        // A browser must not show what a client put here as a page of ours.
        reply.fields = [("Content-Disposition", "attachment"), ("X-Content-Type-Options", "nosniff")]
        return reply
    }

    // MARK: - Details

    private func access(_ request: OwnRequest) throws(ErrorReply) -> (files: FileStore, owner: String) {
        guard let files = self.files else { throw .noFiles }
        guard let owner = request.owner else { throw ErrorReply(.keyMissing) }
        return (files, owner.name)
    }

    private func later(_ reply: @escaping @Sendable () throws(ErrorReply) -> OwnReply) -> OwnAnswer {
        .later { responder in
            self.queue.async {
                do throws(ErrorReply) { responder.reply(try reply()) } catch {
                    responder.reply(OwnReply(error, .openAI))
                }
            }
        }
    }
}
