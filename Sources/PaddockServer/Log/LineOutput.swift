// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
internal import PaddockBase
#endif

/// The file or stream behind a `LineWriter`: blocking writes of whole lines, on the writer's thread only.
///
/// Sendable without a check, as nobody else has a pointer to its memory.
struct LineOutput: ~Copyable, @unchecked Sendable {
    /// A stream that the process was started with.
    enum StandardStream: Sendable {
        case output, error
    }

    /// Lines that were not written.
    struct Loss: Equatable, Sendable {
        /// How many since the last report.
        var lines: Int
        /// Why, in a few words.
        var reason: String
    }

    /// So many bytes are written at once, or the little more that the last line makes of them.
    private static let writeBytes = 1 << 16

    /// The name to open it again by; nil for a stream that came open.
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

    /// - Parameters:
    ///   - stream: where the lines go; it is open.
    ///   - report: called on the writer's thread with what was lost. It must not block.
    init(_ stream: StandardStream, report: @escaping @Sendable (Loss) -> Void) {
        let descriptor =
            switch stream {
            case .output: STDOUT_FILENO
            case .error: STDERR_FILENO
            }
        self.init(descriptor, path: nil, report: report)
    }

    /// - Parameters:
    ///   - path: the file, appended to and made where it is not there.
    ///   - report: called on the writer's thread with what was lost. It must not block.
    /// - Throws: where the file cannot be opened.
    init(path: String, report: @escaping @Sendable (Loss) -> Void) throws(FileError) {
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
        // Not blocking: a pipe that nobody reads must not keep the gateway from starting.
        #if canImport(Darwin)
        let descriptor = Darwin.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
        #elseif canImport(Musl)
        let descriptor = Musl.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
        #else
        let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o640)
        #endif
        guard descriptor >= 0 else { throw FileError(path: path, reason: Self.text(errno)) }
        return descriptor
    }

    /// Opens a file anew by its name; where that fails, the old one stays.
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

    /// A line to put together, in the memory behind those that have gathered. There is one at a time.
    func beginLine() -> LineBuffer {
        LineBuffer(UnsafeMutableRawBufferPointer(rebasing: self.memory[self.gathered...]))
    }

    /// Adds the line that was begun, and writes if enough have gathered.
    mutating func append(_ line: consuming LineBuffer) {
        self.gathered += line.end()
        if self.gathered >= Self.writeBytes { self.flush() }
    }

    /// Writes the lines that have gathered.
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
        self.loss.lines += lines.count { $0 == UInt8(ascii: "\n") }
    }

    /// - Returns: how many bytes were written before an error, of which `loss` then has the reason.
    private mutating func writeBytes(_ bytes: UnsafeRawBufferPointer) -> Int {
        var written = 0
        while written < bytes.count {
            let count = Self.write(self.descriptor, UnsafeRawBufferPointer(rebasing: bytes[written...]))
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                var wanted = pollfd(fd: self.descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&wanted, 1, -1)
            } else if errno != EINTR {
                self.loss.reason = Self.text(errno)
                break
            }
        }
        return written
    }

    /// Takes note of lines for which there was no room.
    mutating func dropped(_ lines: Int) {
        guard lines > 0 else { return }
        self.loss.lines += lines
        self.loss.reason = "they came faster than they could be written"
    }

    /// Tells of the loss since the last report.
    ///
    /// - Returns: whether there was one.
    mutating func reportLoss() -> Bool {
        guard self.loss.lines > 0 else { return false }
        self.report(self.loss)
        self.loss.lines = 0
        return true
    }

    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
        Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #else
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
