// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockBase
internal import PaddockHTTP

/// A body that is taken in as a whole before anything is decided about its request: it finds the model as the bytes pass,
/// and decompresses them for that if they are compressed.
///
/// The same object serves one body after the other.
final class BodyIntake {
    /// What was found at the end.
    enum Result {
        case model(String)
        case invalid(String)
    }

    /// What a slice takes in and decompresses to, in bytes, before it ends: half a millisecond at the worst.
    private static let sliceBytes = 65_536
    /// The most steps of the decoder in a slice: it could contain that many empty frames.
    private static let sliceSteps = 256
    /// The model of requests to engines that serve one and need no name of it.
    private static let defaultModel = "default"
    /// The largest body of a request to an own route.
    private static let maxOwnBytes = 16_384

    private var limit = 0
    private var isLimitSetting = true
    private var isModelOptional = false
    private var scanner = ModelFieldScanner.json
    /// Decompresses what the scanner reads; nil if the body is not compressed.
    private var decoder: ZstandardDecoder?
    private var decoderProblem: ZstandardProblem?
    /// Compressed bytes that have arrived since they were last all decompressed.
    private var packed: [UInt8] = []
    /// How many of these are decompressed.
    private var unpackedCount = 0
    /// The request to an own route that the body belongs to.
    private var own: OwnRequest?
    private var byteCount = 0

    // MARK: - The beginning

    /// Begins the body of a request to an own route, whose bytes are kept.
    ///
    /// - Parameter request: the request.
    func beginOwn(_ request: OwnRequest) {
        self.begin(limit: Self.maxOwnBytes)
        self.isLimitSetting = false
        self.own = request
    }

    /// Begins the body of a queued request.
    ///
    /// - Parameters:
    ///   - route: its route, which decides where the model is.
    ///   - head: the head.
    ///   - bytes: the bytes it was read from.
    ///   - query: the query of its target; empty if there is none.
    ///   - limit: the most bytes that the body may have.
    ///   - hasQuota: whether its client has a quota.
    /// - Throws: the cause of an error, if it is compressed in a way that is not understood.
    func beginQueued(
        _ route: Route.Queued,
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>,
        query: ByteRange,
        limit: Int,
        hasQuota: Bool
    ) throws(ErrorCause) {
        self.begin(limit: limit)
        self.isModelOptional = route.isModelOptional
        let contentType = head.first(.contentType)?.value ?? .empty
        let isForm = route.model.isForm(contentType: contentType, bytes)
        if head.kinds.contains(.contentEncoding) {
            self.decoder = try Self.decoder(accepted: route.model.acceptsZstandard && !isForm, head, bytes)
        }
        if isForm {
            self.scanner = .multipart(
                contentType: bytes.extracting(contentType.lowerBound..<contentType.upperBound),
                query: bytes.extracting(query.lowerBound..<query.upperBound)
            )
        } else {
            self.scanner.resetToJSON(readsMaxTokens: hasQuota)
        }
    }

    /// Begins a short body that passes through, and is looked at when all of it is there.
    func beginPassingThrough() {
        self.begin(limit: NamedModel.maxBytes)
        self.isLimitSetting = false
        self.scanner.resetToJSON()
    }

    private func begin(limit: Int) {
        self.limit = limit
        self.isLimitSetting = true
        self.isModelOptional = false
        self.byteCount = 0
        // Asked first, as writing nil costs as much as writing something.
        if self.decoder != nil { self.decoder = nil }
        if self.decoderProblem != nil { self.decoderProblem = nil }
        if !self.packed.isEmpty { self.packed = [] }
        self.unpackedCount = 0
        if self.own != nil { self.own = nil }
    }

    /// How a body has to be decompressed before its model can be read (contract section 3).
    private static func decoder(
        accepted: Bool,
        _ head: borrowing MessageHead,
        _ bytes: Span<UInt8>
    ) throws(ErrorCause) -> ZstandardDecoder? {
        var encoding: ByteRange?
        for field in head.fields where field.kind == .contentEncoding && !field.value.isEmpty {
            if encoding != nil { throw .unsupportedEncoding("several") }
            encoding = field.value
        }
        guard let encoding, !bytes.matches(encoding, "identity") else { return nil }
        guard bytes.matches(encoding, "zstd"), accepted else { throw .unsupportedEncoding(bytes.text(encoding)) }
        guard let decoder = ZstandardDecoder() else { throw .zstandardMissing }
        return decoder
    }

    // MARK: - The bytes

    /// - Parameter framing: how the body is framed.
    /// - Throws: the cause of an error, if its stated length is too long.
    func check(_ framing: BodyFraming) throws(ErrorCause) {
        if case .length(let count) = framing, count > self.limit {
            throw .bodyTooLarge(bytes: count, limit: self.limit, isSetting: self.isLimitSetting)
        }
    }

    /// Looks at the next piece of the body: for the model, or keeps it.
    ///
    /// - Throws: the cause of an error, if the body is too long.
    func take(_ piece: Span<UInt8>) throws(ErrorCause) {
        self.byteCount += piece.count
        guard self.byteCount <= self.limit else {
            throw .bodyTooLarge(bytes: nil, limit: self.limit, isSetting: self.isLimitSetting)
        }
        if self.own != nil {
            piece.withUnsafeBufferPointer { self.own?.body.append(contentsOf: $0) }
        } else if self.decoder == nil {
            self.scanner.feed(piece)
        } else if self.decoderProblem == nil {
            piece.withUnsafeBufferPointer { self.packed.append(contentsOf: $0) }
        }
    }

    /// Whether there is something to decompress.
    var hasPacked: Bool {
        guard let decoder = self.decoder, self.decoderProblem == nil else { return false }
        return self.unpackedCount < self.packed.count || decoder.holdsMore
    }

    /// The memory that decompressing takes, in bytes.
    var decoderBytes: Int { self.decoder?.heldBytes ?? 0 }

    /// Decompresses and scans the next slice: as much as comes to ``sliceBytes``, so that a few kilobytes that decompress to many
    /// megabytes do not keep others waiting. The result does not depend on the slices.
    func unpackSlice() {
        guard let decoder = self.decoder else { return }
        let packed = self.packed
        var bytes = 0
        var steps = 0
        do throws(ZstandardProblem) {
            while self.hasPacked, bytes < Self.sliceBytes, steps < Self.sliceSteps {
                steps += 1
                let used = try decoder.decode(packed.span.extracting(self.unpackedCount...)) { piece in
                    bytes += piece.count
                    self.scanner.feed(piece)
                }
                bytes += used
                self.unpackedCount += used
            }
        } catch {
            self.decoderProblem = error
        }
        if !self.hasPacked {
            self.packed = []
            self.unpackedCount = 0
        }
    }

    // MARK: - The end

    /// The model that has been found so far; another may follow.
    var modelSoFar: ModelName? { self.scanner.modelSoFar.flatMap { ModelName($0) } }

    /// What the body has besides the model.
    var hints: BodyHints { self.scanner.hints }

    /// Takes the request to an own route with its body; nil if the body is of another request.
    func takeOwnRequest() -> OwnRequest? { self.own == nil ? nil : self.own.take() }

    /// The model, or why there is none.
    func finish() -> Result {
        if let decoder = self.decoder, self.decoderProblem == nil {
            do throws(ZstandardProblem) { try decoder.finish() } catch { self.decoderProblem = error }
        }
        if let problem = self.decoderProblem { return .invalid(problem.description) }
        return switch self.scanner.finish() {
        case .model(let name): .model(name)
        case .invalid(let problem) where self.isModelOptional && problem.isNoModel: .model(Self.defaultModel)
        case .invalid(let problem): .invalid(problem.description)
        }
    }

    /// Lets go of what only a body in the making needs.
    func end() {
        if self.decoder != nil { self.decoder = nil }
        if !self.packed.isEmpty { self.packed = [] }
    }
}
