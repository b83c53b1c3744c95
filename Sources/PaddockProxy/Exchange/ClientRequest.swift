// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import PaddockAdmission
internal import PaddockHTTP

/// What has to be remembered of a request once its head is read.
struct ClientRequest {
    /// The id, the client's own where it is fit.
    var id = ""
    /// The dialect of errors.
    var dialect = Dialect.ollama
    /// Whether it takes a slot.
    var isQueued = false
    /// Whether the method is `HEAD`: its reply has no body.
    var isHead = false
    /// Whether the client speaks HTTP/1.0: it knows no chunks and no interim replies.
    var speaksHTTP10 = false
    /// Whether the client wants to keep the connection.
    var keepsConnection = false
    /// Whether its reply is a stream unless its body says otherwise.
    var streaming = Route.Streaming.never
    /// Whose it is, once known; on queued routes only.
    var identity: ClientDirectory.Identity?
    /// Whether it carries the admin token, on a route where that counts.
    var carriesAdminToken = false
    /// How it stands to the web page that sent it.
    var crossOrigin = CrossOriginStanding.none
    /// Its class.
    var requestClass = RequestClass.interactive
    /// What its body says beside the model.
    var hints = BodyHints()
    /// Its place at its arrival; nil where it had none.
    var place: Int?
    /// How long it was expected to wait; nil where it did not wait or there was too little to go by.
    var estimatedWait: Duration?
    /// The rule that gave it its slot.
    var rule: StartRule?
    /// What the admission knows already of what was relayed.
    var reportedBytes = 0
    /// What the admission knows already of the chunks that were relayed.
    var reportedChunks = 0
    /// When the admission was last told.
    var reportedAt: Instant?
    /// The model, once known.
    var model: ModelName?
    /// How long it waited for its slot; nil where it has none yet.
    var waited: Duration?
    /// When it came before the admission.
    var arrived: Instant?
    /// When it got its slot, or went on its way to a backend without one.
    var started: Instant?
    /// When the head of the backend's reply came.
    var firstByte: Instant?
    /// Bytes of its body so far.
    var bytesIn = 0
    /// Bytes of the reply's body that were passed on.
    var bytesOut = 0
    /// Chunks of the reply that were passed on.
    var chunks = 0
    /// Whether the observers know how it ended.
    var isRecorded = false
    /// Whether we answer it ourselves, on a route of ours.
    var isOwn = false
    /// The status of the reply that is relayed.
    var replyStatus = 0
    /// The format of the reply where it is a stream.
    var streamFormat: StreamFormat?
    /// What the backend refuses a request with whose reply has begun already; nil where its reply is a stream.
    var refusal: ByteBuffer?
    /// How the events of a stream that began while its request waited end so far.
    var lastBytes: (UInt8, UInt8) = (.lineFeed, .lineFeed)
    /// Whether the client sees the end of the reply only by the close.
    var replyEndsAtClose = false
    /// Whether the connection ends behind the reply.
    var closesAfterReply = false

    /// Whether its reply is expected to be a stream.
    var expectsStream: Bool {
        switch self.streaming {
        case .byDefault: self.hints.stream ?? true
        case .onRequest, .onRequestInAnyFormat: self.hints.stream ?? false
        case .never: false
        }
    }
}
