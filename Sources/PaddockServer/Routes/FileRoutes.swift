// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import PaddockAdmission
internal import PaddockJSON
internal import PaddockProxy
internal import PaddockStore
internal import PaddockSystem

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
        let wanted = try Self.wanted(request)
        return self.later { () throws(ErrorReply) in
            let found = try Self.list(wanted, of: owner, in: files)
            let shown = found.prefix(wanted.limit)
            return OwnReply(
                json: .list(
                    shown.map { file in .object { file.write(to: &$0) } },
                    from: shown.first?.id,
                    to: shown.last?.id,
                    hasMore: found.count > wanted.limit
                )
            )
        }
    }

    /// What a client wants listed.
    static func wanted(_ request: OwnRequest) throws(ErrorReply) -> ListQuestion {
        let limit = try request.queryLimit(in: 1...Self.maxListed) ?? Self.maxListed
        let order = request.queryText("order") ?? "desc"
        guard order == "asc" || order == "desc" else { throw .invalidRequest("order must be asc or desc") }
        var wanted = ListQuestion(from: request.queryText("after").map { .behind($0) } ?? .beginning, limit: limit)
        wanted.isAscending = order == "asc"
        wanted.purpose = request.queryText("purpose")
        return wanted
    }

    /// One file more than is wanted, if there are more.
    private static func list(_ wanted: ListQuestion, of owner: String, in files: FileStore) throws(ErrorReply)
        -> [FileStore.File]
    {
        var query = FileQuery(owner: owner, limit: wanted.limit + 1)
        if let text = wanted.purpose {
            // There are none for anything else.
            guard let known = FileStore.Purpose(rawValue: text) else { return [] }
            query.purpose = known.rawValue
        }
        (query.start, query.isAscending) = (wanted.start, wanted.isAscending)
        return try files.list(query)
    }

    // MARK: - For other members

    /// A part of the list of a client's files.
    func page(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let (files, owner) = try self.access(request)
        guard let wanted = ListQuestion(request.body) else { throw .invalidRequest("this asks for no list") }
        return self.later { () throws(ErrorReply) in
            let found = try Self.list(wanted, of: owner, in: files)
            return OwnReply(json: wanted.answer(found.map { file in .object { file.write(to: &$0) } }))
        }
    }

    /// A piece of what a file of a client holds.
    func piece(_ request: OwnRequest) throws(ErrorReply) -> OwnAnswer {
        let (files, owner) = try self.access(request)
        guard let wanted = FilePiece(request.body) else { throw .invalidRequest("this asks for no piece of a file") }
        let queue = self.readers.take()
        return .later { responder in
            queue.async {
                do throws(ErrorReply) {
                    let path = files.path(of: try files.file(wanted.id, of: owner).id)
                    do throws(SystemError) {
                        let bytes = try InputFile.piece(of: path, at: wanted.offset, count: wanted.count)
                        responder.reply(
                            OwnReply(200, contentType: "application/octet-stream", bytes: bytes, fields: [])
                        )
                    } catch {
                        throw ErrorReply(error)
                    }
                } catch {
                    responder.reply(OwnReply(error, .openAI))
                }
            }
        }
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
                let file = try files.file(parts[0], of: owner)
                return FileDownload.reply(
                    bytes: file.bytes,
                    from: FileDownload.disk(files.path(of: file.id), on: queue)
                )
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
