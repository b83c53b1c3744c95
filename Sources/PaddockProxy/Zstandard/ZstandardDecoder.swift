// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Unpacks a body of `Content-Encoding: zstd` (RFC 8878) piece by piece, to find the model in it.
///
/// The library bounds the window of a frame at 128 MiB; the unpacked bytes are looked at and thrown away.
final class ZstandardDecoder {
    /// The most bytes that a body may unpack to; Ollama's own bound.
    static let maxUnpackedBytes = 20 << 20
    private static let pieceBytes = 65_536

    private let library: ZstandardLibrary
    private let stream: OpaquePointer
    private var unpackedBytes = 0
    private var isFrameOpen = false
    private var hasSeenFrame = false

    /// - Returns: nil where the system has no Zstandard library.
    init?() {
        guard let library = ZstandardLibrary.shared, let stream = library.create() else { return nil }
        self.library = library
        self.stream = stream
    }

    deinit { _ = self.library.free(self.stream) }

    /// Unpacks the next bytes.
    ///
    /// - Parameters:
    ///   - input: the packed bytes.
    ///   - emit: called with the unpacked ones, in pieces.
    /// - Throws: `ZstandardProblem`.
    func decode(_ input: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) throws(ZstandardProblem) {
        var output = [UInt8](repeating: 0, count: Self.pieceBytes)
        var position = 0
        while true {
            let step = self.step(input, from: position, into: &output)
            guard self.library.isError(step.result) == 0 else { throw .malformed }
            position = step.consumed
            self.unpackedBytes += step.produced
            guard self.unpackedBytes <= Self.maxUnpackedBytes else { throw .tooLarge }
            emit(output.span.extracting(0..<step.produced))
            self.hasSeenFrame = true
            self.isFrameOpen = step.result != 0
            // More may be waiting inside while the output was filled up.
            if position == input.count, step.produced < Self.pieceBytes { return }
        }
    }

    /// Ends the body.
    ///
    /// - Throws: `ZstandardProblem.incomplete` where a frame has not ended.
    func finish() throws(ZstandardProblem) {
        guard self.hasSeenFrame, !self.isFrameOpen else { throw .incomplete }
    }

    private func step(
        _ input: Span<UInt8>,
        from position: Int,
        into output: inout [UInt8]
    ) -> (result: Int, consumed: Int, produced: Int) {
        input.withUnsafeBufferPointer { packed in
            output.withUnsafeMutableBytes { unpacked in
                var source = ZstandardLibrary.Buffer(
                    start: UnsafeMutableRawPointer(mutating: packed.baseAddress),
                    size: packed.count,
                    position: position
                )
                var target = ZstandardLibrary.Buffer(start: unpacked.baseAddress, size: unpacked.count, position: 0)
                let result = self.library.decompress(self.stream, &target, &source)
                return (result, source.position, target.position)
            }
        }
    }
}

/// Why a body could not be unpacked.
enum ZstandardProblem: Error, Equatable, CustomStringConvertible {
    case malformed
    case tooLarge
    case incomplete

    var description: String {
        switch self {
        case .malformed: "the body is not Zstandard: send what Content-Encoding says"
        case .tooLarge: "the body unpacks to more than \(ZstandardDecoder.maxUnpackedBytes) bytes: send less"
        case .incomplete: "the body ends inside a Zstandard frame: send it whole"
        }
    }
}
