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

    init(maxBytes: Int) { self.maxBytes = maxBytes }

    /// Looks for the model in the next piece.
    func scan(_ piece: Span<UInt8>) {
        guard let decoder = self.decoder else {
            self.scanner?.feed(piece)
            return
        }
        guard self.decoderProblem == nil else { return }
        do throws(ZstandardProblem) {
            try decoder.decode(piece) { self.scanner?.feed($0) }
        } catch {
            self.decoderProblem = error
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
