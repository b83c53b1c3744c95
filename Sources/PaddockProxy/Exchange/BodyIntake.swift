// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockAdmission
internal import PaddockHTTP

/// A body that is taken in as a whole before anything is decided about its request.
final class BodyIntake {
    /// What was found at the end.
    enum Result {
        case model(String)
        case invalid(String)
    }

    /// The most bytes it may have.
    let maxBytes: Int
    /// Finds the model; nil on own routes.
    var scanner: ModelFieldScanner?
    /// Unpacks what the scanner reads; nil where the body came unpacked.
    var decoder: ZstandardDecoder?
    /// Whether a body without a model is of the model `default`.
    var isModelOptional = false
    /// The body of a request to an own route.
    var ownBytes: [UInt8] = []
    /// Bytes so far.
    var count = 0
    /// The model of requests to engines that serve one and need no name of it.
    private static let defaultModel = "default"
    private var decoderProblem: ZstandardProblem?

    /// What a slice takes in and unpacks to, in bytes, before it ends: half a millisecond at the worst.
    private static let sliceBytes = 65_536
    /// How many steps of the decoder a slice has at most: as many frames without content could stand in it.
    private static let sliceSteps = 256

    /// Packed bytes that have come since they were last all unpacked.
    private var packed: [UInt8] = []
    /// How many of these are unpacked.
    private var unpackedCount = 0

    init(maxBytes: Int) { self.maxBytes = maxBytes }

    /// Looks for the model in the next piece, or keeps a packed one to be unpacked in slices.
    func scan(_ piece: Span<UInt8>) {
        guard self.decoder != nil else {
            self.scanner?.feed(piece)
            return
        }
        if self.decoderProblem == nil { piece.withUnsafeBufferPointer { self.packed.append(contentsOf: $0) } }
    }

    /// Whether there is something to unpack.
    var hasPacked: Bool {
        guard let decoder = self.decoder, self.decoderProblem == nil else { return false }
        return self.unpackedCount < self.packed.count || decoder.holdsMore
    }

    /// The memory that unpacking takes, in bytes.
    var decoderBytes: Int { self.decoder?.heldBytes ?? 0 }

    /// Unpacks and scans the next slice: as much as comes to ``sliceBytes``, so that a few kilobytes that unpack to many
    /// megabytes keep nobody waiting. What is found does not depend on the slices.
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
                    self.scanner?.feed(piece)
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

    /// The model that has been found so far; another may follow.
    var modelSoFar: ModelName? { self.scanner?.modelSoFar.flatMap { ModelName($0) } }

    /// What the body says beside the model.
    var hints: BodyHints { self.scanner?.hints ?? BodyHints() }

    /// The model, or why there is none.
    func finish() -> Result? {
        if let decoder = self.decoder, self.decoderProblem == nil {
            do throws(ZstandardProblem) { try decoder.finish() } catch { self.decoderProblem = error }
        }
        if let problem = self.decoderProblem { return .invalid(problem.description) }
        return switch self.scanner?.finish() {
        case .model(let name): .model(name)
        case .invalid(let problem) where self.isModelOptional && problem.isNoModel: .model(Self.defaultModel)
        case .invalid(let problem): .invalid(problem.description)
        case nil: nil
        }
    }
}
