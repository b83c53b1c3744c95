// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockHTTP
internal import PaddockProxy

/// An upload: reads the form as it arrives, and has its file written.
final class FileUpload: UploadReceiver {
    private static let purpose = "purpose"
    private static let anchor = "expires_after[anchor]"
    private static let seconds = "expires_after[seconds]"
    /// For how long a client may ask to have a file kept, in seconds: from an hour to 30 days, as OpenAI's API has it.
    private static let lifetimes = 3_600...2_592_000

    private var reader: MultipartReader<UploadForm>
    private let writer: UploadWriter
    private let responder: OwnResponder
    private var bytes = 0
    private var hasFailed = false

    /// - Parameters:
    ///   - contentType: the value of `Content-Type`.
    ///   - writer: writes the file.
    ///   - responder: takes the answer if the form is refused.
    /// - Throws: 400 if it is no form.
    init(_ contentType: String, _ writer: UploadWriter, _ responder: OwnResponder) throws(ErrorReply) {
        let type = Array(contentType.utf8)
        let form = UploadForm(fields: [Self.purpose, Self.anchor, Self.seconds])
        self.reader = MultipartReader(contentType: type.span, form)
        self.writer = writer
        self.responder = responder
        if let problem = self.problem { throw .invalidRequest(problem) }
    }

    private var problem: String? { self.reader.parts.problem?.description ?? self.reader.problem?.description }

    var takesMore: Bool { self.writer.takesMore }

    func receive(_ bytes: Span<UInt8>) {
        guard !self.hasFailed else { return }
        self.reader.feed(bytes)
        if let problem = self.problem { return self.fail(.invalidRequest(problem)) }
        let piece = self.reader.parts.takeBytes()
        self.bytes += piece.count
        self.writer.write(piece)
    }

    func finish() {
        guard !self.hasFailed else { return }
        self.reader.finish()
        do throws(ErrorReply) {
            if let problem = self.problem { throw .invalidRequest(problem) }
            let form = self.reader.parts
            try Self.check(purpose: form.fields[Self.purpose])
            guard let filename = form.filename else {
                throw .invalidRequest(UploadForm.Problem.misplacedFile.description)
            }
            guard self.bytes > 0 else {
                throw .invalidRequest("the file is empty: it must have a line for each request")
            }
            self.writer.finish(filename, lifetime: try Self.lifetime(form))
        } catch {
            self.fail(error)
        }
    }

    func cancel() { self.writer.discard() }

    private func fail(_ error: ErrorReply) {
        self.hasFailed = true
        self.writer.discard()
        self.responder.reply(OwnReply(error, .openAI))
    }

    private static func check(purpose: String?) throws(ErrorReply) {
        guard let purpose else { throw .invalidRequest("the form has no purpose; it must be batch") }
        guard purpose == FileStore.Purpose.batch.rawValue else {
            throw .invalidRequest("purpose must be batch: files are kept for batch jobs alone")
        }
    }

    private static func lifetime(_ form: UploadForm) throws(ErrorReply) -> Int? {
        let (anchor, seconds) = (form.fields[Self.anchor], form.fields[Self.seconds])
        if anchor == nil, seconds == nil { return nil }
        guard anchor == "created_at", let lifetime = seconds.flatMap({ Int($0) }), Self.lifetimes.contains(lifetime)
        else {
            throw .invalidRequest(
                "expires_after must have the anchor created_at, and from \(Self.lifetimes.lowerBound) to"
                    + " \(Self.lifetimes.upperBound) seconds"
            )
        }
        return lifetime
    }
}
