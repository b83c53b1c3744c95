// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Decompresses a body of `Content-Encoding: zstd` (RFC 8878) piece by piece, to find the model in it.
///
/// The output is passed on in pieces of up to 64 KiB and not kept. A decoder holds about 8 MiB at most, for it
/// takes no larger window: the bound that RFC 9659 §3 sets for this coding, and Ollama's own. Several frames may follow
/// each other.
package final class ZstandardDecoder {
    /// The most bytes that a body may decompress to: 20 MiB, as in Ollama.
    package static let maxUnpackedBytes = 20 << 20

    private static let pieceBytes = 65_536
    /// What one step takes in at most: 16 KiB can be 5,000 blocks without content.
    private static let inputBytes = 16_384
    /// `ZSTD_d_windowLogMax` and its value: 2^23 bytes.
    private static let windowLogMax: (parameter: CInt, value: CInt) = (100, 23)
    /// `ZSTD_error_frameParameter_windowTooLarge`.
    private static let windowTooLargeCode: CInt = 16

    private let library: ZstandardLibrary
    private let context: OpaquePointer
    private var piece = [UInt8](repeating: 0, count: pieceBytes)
    private var unpackedBytes = 0
    /// Whether the last byte was the last of a frame.
    private var isAtFrameEnd = false
    private var problem: ZstandardProblem?

    /// A decoder that has seen nothing of a body; nil if the system has no Zstandard library, or no memory.
    package init?() {
        guard let library = ZstandardLibrary.shared, let context = library.create() else { return nil }
        self.library = library
        self.context = context
        let result = library.setParameter(context, Self.windowLogMax.parameter, Self.windowLogMax.value)
        guard library.isError(result) == 0 else { return nil }
    }

    deinit { _ = self.library.free(self.context) }

    /// Whether there may be more output without further input.
    package private(set) var holdsMore = false

    /// The memory that it takes, in bytes; most of it is the window of the current frame.
    package var heldBytes: Int { self.library.heldBytes(self.context) }

    /// Decompresses some of the next bytes: at most 64 KiB come out, and at most 16 KiB go in, so that it takes well below a
    /// millisecond.
    ///
    /// - Parameters:
    ///   - input: the compressed bytes.
    ///   - emit: called once with the decompressed ones, if there are any.
    /// - Returns: how many bytes of the input were used.
    /// - Throws: what is wrong with the body; from then on always the same.
    package func decode(_ input: Span<UInt8>, _ emit: (Span<UInt8>) -> Void) throws(ZstandardProblem) -> Int {
        if let problem = self.problem { throw problem }
        guard !input.isEmpty || self.holdsMore else { return 0 }
        let step = self.step(input.extracting(0..<min(input.count, Self.inputBytes)))
        if self.library.isError(step.result) != 0 {
            let isWindow = self.library.errorCode(step.result) == Self.windowTooLargeCode
            try self.fail(isWindow ? .windowTooLarge : .malformed)
        }
        // A full piece means that more may be waiting inside.
        self.holdsMore = step.produced == Self.pieceBytes
        // Without progress the result is about the next frame, not the last one.
        guard step.consumed > 0 || step.produced > 0 else {
            guard input.isEmpty else { try self.fail(.malformed) }
            return 0
        }
        self.isAtFrameEnd = step.result == 0
        self.unpackedBytes += step.produced
        guard self.unpackedBytes <= Self.maxUnpackedBytes else { try self.fail(.tooLarge) }
        if step.produced > 0 {
            // Without run-time checks of exclusive access a span of a stored property could outlive its array.
            let piece = self.piece
            emit(piece.span.extracting(0..<step.produced))
        }
        return step.consumed
    }

    /// Ends the body.
    ///
    /// - Throws: what is wrong with the body; `incomplete` if a frame has not ended.
    package func finish() throws(ZstandardProblem) {
        if let problem = self.problem { throw problem }
        guard self.isAtFrameEnd else { try self.fail(.incomplete) }
    }

    private func fail(_ problem: ZstandardProblem) throws(ZstandardProblem) -> Never {
        self.problem = problem
        throw problem
    }

    private func step(_ input: Span<UInt8>) -> (result: Int, consumed: Int, produced: Int) {
        input.withUnsafeBufferPointer { packed in
            self.piece.withUnsafeMutableBytes { unpacked in
                var source = ZstandardLibrary.Buffer(
                    start: UnsafeMutableRawPointer(mutating: packed.baseAddress),
                    size: packed.count,
                    position: 0
                )
                var target = ZstandardLibrary.Buffer(start: unpacked.baseAddress, size: unpacked.count, position: 0)
                let result = self.library.decompress(self.context, &target, &source)
                return (result, source.position, target.position)
            }
        }
    }
}
