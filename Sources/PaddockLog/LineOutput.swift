// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

public import PaddockBase
package import PaddockSystem

/// The file or stream that a `LineWriter` writes to: blocking writes of whole lines, on the writer's thread only.
///
/// Sendable without a check, as nobody else has a pointer to its memory.
@usableFromInline
package struct LineOutput: ~Copyable, @unchecked Sendable {
    /// A stream that the process was started with.
    package enum StandardStream: Sendable {
        /// Standard output.
        case output
        /// Standard error.
        case error
    }

    /// Lines that were not written.
    package struct Loss: Equatable, Sendable {
        /// How many since the last report.
        package var lines: Int
        /// Why, in a few words.
        package var reason: String
    }

    /// The number of bytes that are written at once, plus the rest of the last line.
    private static let writeBytes = 1 << 16

    /// The name to open it again by; nil for a stream that was already open.
    private let path: String?
    private let report: @Sendable (Loss) -> Void
    private var descriptor: Int32
    /// Where lines gather until they are written.
    private let memory: UnsafeMutableRawBufferPointer = .allocate(
        byteCount: LineOutput.writeBytes + LineBuffer.maxLineBytes + LineBuffer.slackBytes,
        alignment: 8
    )
    /// The bytes of the lines that have gathered.
    private var gathered = 0
    /// The rest of a line of which the beginning was written before an error.
    private var unfinished: [UInt8] = []
    private var loss = Loss(lines: 0, reason: "")
    /// Lines that could not be written, ever; without those for which there was no room.
    @usableFromInline private(set) var failedEver = 0

    /// Takes a stream.
    ///
    /// - Parameters:
    ///   - stream: where the lines go; it is open.
    ///   - report: called on the writer's thread with what was lost. It must not block.
    package init(_ stream: StandardStream, report: @escaping @Sendable (Loss) -> Void) {
        let descriptor =
            switch stream {
            case .output: STDOUT_FILENO
            case .error: STDERR_FILENO
            }
        self.init(descriptor, path: nil, report: report)
    }

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: the file, appended to and made if it is not there.
    ///   - report: called on the writer's thread with what was lost. It must not block.
    /// - Throws: if the file cannot be opened.
    package init(path: String, report: @escaping @Sendable (Loss) -> Void) throws(FileError) {
        self.init(try Self.open(path), path: path, report: report)
    }

    private init(_ descriptor: Int32, path: String?, report: @escaping @Sendable (Loss) -> Void) {
        self.descriptor = descriptor
        self.path = path
        self.report = report
        // A reader that went away is an error of a write, not the end of the process.
        _ = signal(SIGPIPE, SIG_IGN)
    }

    deinit {
        self.memory.deallocate()
        if self.path != nil { close(self.descriptor) }
    }

    private static func open(_ path: String) throws(FileError) -> Int32 {
        // Not blocking: a pipe without a reader must not keep the gateway from starting.
        let descriptor = PaddockSystem.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
        guard descriptor >= 0 else { throw FileError(path: path, .last) }
        return descriptor
    }

    /// Opens a file again by its name; if that fails, the old one stays.
    mutating func reopen() -> FileError? {
        guard let path = self.path else { return nil }
        do throws(FileError) {
            let descriptor = try Self.open(path)
            close(self.descriptor)
            self.descriptor = descriptor
            // Its beginning is in the old file.
            self.unfinished = []
            return nil
        } catch {
            return error
        }
    }

    /// A line to format, in the memory after the lines that have gathered. There is one at a time.
    @usableFromInline
    func beginLine() -> LineBuffer {
        LineBuffer(UnsafeMutableRawBufferPointer(rebasing: self.memory[self.gathered...]))
    }

    /// Adds the line that was begun, and writes if enough have gathered.
    @usableFromInline
    mutating func append(_ line: consuming LineBuffer) {
        self.gathered += line.end()
        if self.gathered >= Self.writeBytes { self.flush() }
    }

    /// Writes the lines that have gathered.
    @usableFromInline
    mutating func flush() {
        if self.gathered > 0 { self.write(UnsafeRawBufferPointer(rebasing: self.memory[..<self.gathered])) }
        self.gathered = 0
    }

    private mutating func write(_ lines: UnsafeRawBufferPointer) {
        if !self.unfinished.isEmpty {
            let rest = self.unfinished
            let written = rest.withUnsafeBytes { self.writeBytes($0) }
            self.unfinished = Array(rest[written...])
            guard self.unfinished.isEmpty else { return self.lose(lines[...]) }
        }
        let written = self.writeBytes(lines)
        guard written < lines.count else { return }
        var rest = lines[written...]
        if written > 0, lines[written - 1] != UInt8(ascii: "\n") {
            let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
            self.unfinished = Array(rest[..<end])
            rest = rest[end...]
        }
        self.lose(rest)
    }

    private mutating func lose(_ lines: Slice<UnsafeRawBufferPointer>) {
        let count = lines.count { $0 == UInt8(ascii: "\n") }
        self.loss.lines += count
        self.failedEver += count
    }

    /// - Returns: how many bytes were written before an error, of which `loss` then has the reason.
    private mutating func writeBytes(_ bytes: UnsafeRawBufferPointer) -> Int {
        let (written, error) = SystemCall.write(bytes, to: self.descriptor)
        if let error { self.loss.reason = "\(error)" }
        return written
    }

    /// Takes note of lines for which there was no room.
    @usableFromInline
    mutating func dropped(_ lines: Int) {
        guard lines > 0 else { return }
        self.loss.lines += lines
        self.loss.reason = "they came faster than they could be written"
    }

    /// Tells of the loss since the last report.
    ///
    /// - Returns: whether there was one.
    @usableFromInline
    mutating func reportLoss() -> Bool {
        guard self.loss.lines > 0 else { return false }
        self.report(self.loss)
        self.loss.lines = 0
        return true
    }
}
