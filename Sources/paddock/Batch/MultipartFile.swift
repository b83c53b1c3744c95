// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import PaddockBase
import PaddockClient
import PaddockSystem
import Synchronization

/// A file in the form `multipart/form-data` (RFC 7578) with the purpose `batch`, read while it is sent.
enum MultipartFile {
    private struct State: ~Copyable {
        let file: InputFile
        var head: ByteBuffer?
        var tail: ByteBuffer?
        /// Bytes of the file that are still to be sent.
        var rest: Int
    }

    private static let pieceBytes = 1 << 16

    /// The body of the request.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - boundary: what separates the parts; must not be in the file.
    ///   - progress: called with how many bytes of the file have been read, and of how many.
    /// - Throws: why the file cannot be read.
    static func body(
        of path: String,
        boundary: String,
        progress: @escaping @Sendable (Int, Int) -> Void
    ) throws(CommandFailure) -> StreamedBody {
        let file: InputFile
        let size: Int
        do throws(SystemError) {
            // First, as opening a pipe waits for whoever writes to it.
            size = try InputFile.size(of: path)
            file = try InputFile(path)
        } catch {
            throw CommandFailure(.noInput, "\(path) cannot be read (\(error))")
        }
        let head = """
            --\(boundary)\r
            Content-Disposition: form-data; name="purpose"\r
            \r
            batch\r
            --\(boundary)\r
            Content-Disposition: form-data; name="file"; filename="\(Self.name(of: path))"\r
            Content-Type: application/jsonl\r
            \r

            """
        let tail = "\r\n--\(boundary)--\r\n"
        let state = Mutex(State(file: file, head: ByteBuffer(string: head), tail: ByteBuffer(string: tail), rest: size))
        let shown = path
        return StreamedBody(
            contentType: "multipart/form-data; boundary=\(boundary)",
            length: head.utf8.count + size + tail.utf8.count
        ) { () throws(HTTPFailure) in
            try state.withLock { (state) throws(HTTPFailure) in
                if let head = state.head.take() { return head }
                guard state.rest > 0 else { return state.tail.take() }
                var bytes = [UInt8](repeating: 0, count: min(state.rest, Self.pieceBytes))
                let count: Int
                do throws(SystemError) { count = try state.file.read(into: &bytes) } catch {
                    throw .noFile("\(shown) cannot be read (\(error))")
                }
                guard count > 0 else { throw .noFile("\(shown) has become shorter while it was sent") }
                state.rest -= count
                progress(size - state.rest, size)
                return ByteBuffer(bytes: bytes[..<count])
            }
        }
    }

    /// A boundary that is in no file.
    static func randomBoundary() -> String {
        var number: UInt64 = 0
        withUnsafeMutableBytes(of: &number) { SystemCall.fillRandom($0) }
        return "paddock-\(String(number, radix: 36))"
    }

    /// The name of a file without its folder, as browsers write it in a form.
    private static func name(of path: String) -> String {
        var name = ""
        for scalar in (path.split(separator: "/").last ?? "file").unicodeScalars {
            switch scalar {
            case "\"": name += "%22"
            case "\r": name += "%0D"
            case "\n": name += "%0A"
            default: name.unicodeScalars.append(scalar)
            }
        }
        return name
    }
}
