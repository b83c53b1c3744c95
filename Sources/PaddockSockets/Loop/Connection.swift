// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import CSockets
package import NIOCore

/// A TCP connection on an event loop.
///
/// What comes in is handed to the delegate once in a turn of the loop, after everything of that turn has been read; what is
/// written is sent at the end of the turn. A long read is handed over, and what follows from it sent, at once.
///
/// `deliver` and `write` are the two places where bytes pass between the wire and the delegate; a ``ByteFilter`` translates there. What
/// is below them, the queue of what is sent included, holds bytes of the wire. To be used on its loop's thread.
package final class Connection {
    /// The number of bytes not taken by the kernel beyond which the connection is not writable.
    package static let highWaterMark = 65_536
    /// The number of bytes below which it is writable again.
    package static let lowWaterMark = 32_768

    /// How many reads are long ones after one that filled a short buffer.
    private static let longReadsInRow = 16
    /// The size from which a read is delivered at once, and not after all connections have been read.
    private static let manyBytes = 8192

    /// What is checked right before the next send.
    private enum NextSend {
        case unchecked
        /// The other side must have sent nothing, and not have closed.
        case ifSilent
        /// The other side must not have closed.
        case ifOpen
    }

    /// What was read and has not been delivered.
    private enum Undelivered: ~Copyable {
        case none
        case bytes(ByteBuffer)
        case end
        case failed
    }

    /// Its event loop.
    package let loop: SocketLoop
    /// The address of the other side, if it is known.
    package let remoteAddress: SocketAddress?
    /// Who uses it; nil once it is closed.
    package var delegate: (any ConnectionDelegate)?
    /// Whether it is open.
    package var isOpen: Bool { self.descriptor >= 0 }
    /// Whether few enough bytes wait to be sent.
    package private(set) var isWritable = true
    /// Since when the kernel has no room for what is to be sent, as the other side does not read fast enough; nil if it has.
    package private(set) var blockedSince: NIODeadline?
    /// Whether the other side is known to send no more, though what it sent before may not have been delivered.
    package private(set) var hasPeerEnded = false

    /// Whether the end of what the other side sends has been reached.
    private var hasReadAll = false
    /// Whether something has arrived in this turn that has not been delivered.
    package var hasNews: Bool {
        switch self.undelivered {
        case .none: false
        default: true
        }
    }

    private var descriptor: Int32
    private let filter: (any ByteFilter)?
    /// How many of the next reads are long ones, because much arrived at once recently.
    private var longReads = 0
    private var interest: Readiness
    private var undelivered = Undelivered.none
    private var outbound = OutboundQueue()
    private var isFlushDue = false
    private var lostBytes = 0
    private var nextSend = NextSend.unchecked
    /// Whether the kernel had no room for all of it.
    private var isBlocked = false
    private var isPaused = false
    private let noticesEndWhilePaused: Bool
    /// Tasks to run when certain numbers of bytes have been sent, in order.
    private var whenSent: [(position: Int, action: () -> Void)] = []

    /// Begins to watch a connected socket.
    ///
    /// - Parameters:
    ///   - socket: closed with the connection, or at once if this throws.
    ///   - loop: its event loop, on whose thread this is called.
    ///   - noticesEndWhilePaused: whether the end of the other side counts at once, even while reading is stopped; what it sent
    ///     before and was not read is lost then. Defaults to false.
    ///   - filter: what translates its bytes. Such a connection can neither be given away nor send only if the other side is silent.
    ///     Defaults to none.
    /// - Throws: `IOError` if the kernel watches no more descriptors.
    package convenience init(
        _ socket: consuming ConnectedSocket,
        on loop: SocketLoop,
        noticesEndWhilePaused: Bool = false,
        filter: (any ByteFilter)? = nil
    ) throws {
        let peer = socket.peer
        let descriptor = socket.take()
        self.init(descriptor, loop, peer, noticesEndWhilePaused: noticesEndWhilePaused, filter: filter)
        do { try loop.watch(descriptor, self, self.interest) } catch {
            self.descriptor = -1
            _ = paddock_close(descriptor)
            throw error
        }
    }

    /// Takes over a connected descriptor that its event loop already watches for another object.
    convenience init(watched descriptor: Int32, on loop: SocketLoop, remoteAddress: SocketAddress) {
        self.init(descriptor, loop, remoteAddress, noticesEndWhilePaused: false, filter: nil)
        loop.hand(descriptor, to: self, self.interest)
    }

    private init(
        _ descriptor: Int32,
        _ loop: SocketLoop,
        _ remoteAddress: SocketAddress?,
        noticesEndWhilePaused: Bool,
        filter: (any ByteFilter)?
    ) {
        self.descriptor = descriptor
        self.loop = loop
        self.remoteAddress = remoteAddress
        self.noticesEndWhilePaused = noticesEndWhilePaused
        self.filter = filter
        self.interest = [.readable, .peerEnded]
    }

    // MARK: - Writing

    /// Writes; does nothing on a closed connection.
    package func write(_ bytes: consuming ByteBuffer) {
        guard self.isOpen else { return }
        if let filter = self.filter { return self.outbound.append(filter.written(bytes)) }
        self.outbound.append(bytes)
    }

    /// Bytes that were written and that the kernel has not taken yet, or did not take before the connection was closed.
    package var waitingBytes: Int { self.isOpen ? self.outbound.byteCount : self.lostBytes }

    /// Sends what has been written, at the end of the turn.
    ///
    /// - Parameter isFirst: whether before what others send, as the other side can then work while they do. Defaults to false.
    package func flush(isFirst: Bool = false) {
        guard !self.isFlushDue, self.isOpen else { return }
        self.isFlushDue = true
        self.loop.hasWritten(self, isFirst: isFirst)
    }

    /// Makes the next send check, right before it, whether the other side has closed or sent anything; if so, nothing is sent, and the
    /// delegate is told.
    package func sendOnlyIfSilent() {
        assert(self.filter == nil)
        self.nextSend = .ifSilent
    }

    /// Makes the next send check, right before it, whether the other side has closed; if so, nothing is sent, and the delegate is told.
    package func sendOnlyIfOpen() {
        assert(self.filter == nil)
        self.nextSend = .ifOpen
    }

    private func maySend(_ check: NextSend) -> Bool {
        switch check {
        case .unchecked: true
        case .ifSilent: paddock_is_silent(self.descriptor) != 0
        case .ifOpen: paddock_has_ended(self.descriptor) == 0
        }
    }

    /// Does something once the kernel has taken everything that was written so far, or the connection is closed.
    package func whenSent(_ action: @escaping () -> Void) {
        guard self.isOpen, !self.outbound.isEmpty else { return self.loop.later(action) }
        self.whenSent.append((self.outbound.writtenCount, action))
    }

    /// Sends what has been written.
    package func flushNow() {
        self.isFlushDue = false
        guard self.isOpen, !self.outbound.isEmpty else { return }
        let (check, waiting) = (self.nextSend, self.outbound.byteCount)
        self.nextSend = .unchecked
        guard self.maySend(check) else {
            self.delegate?.tookNothing(self.outbound.takeAll())
            return
        }
        if self.outbound.send(to: self.descriptor, { self.loop.giveBack($0) }) != nil {
            // It may have been cut off since.
            guard check == .unchecked || self.outbound.byteCount < waiting else {
                self.delegate?.tookNothing(self.outbound.takeAll())
                return
            }
            return self.close(isBroken: true)
        }
        let wasBlocked = self.isBlocked
        self.isBlocked = !self.outbound.isEmpty
        self.updateInterest()
        if self.isBlocked != wasBlocked {
            self.blockedSince = self.isBlocked ? .now() : nil
            self.delegate?.blockageChanged()
        }
        if !self.whenSent.isEmpty { self.callWhenSent() }
        guard self.isOpen else { return }
        let waits = self.outbound.byteCount
        if self.isWritable ? waits > Self.highWaterMark : waits < Self.lowWaterMark {
            self.isWritable.toggle()
            self.delegate?.writabilityChanged()
        }
    }

    private func callWhenSent() {
        let sent = self.outbound.writtenCount - self.outbound.byteCount
        let due = self.whenSent.prefix { $0.position <= sent }
        self.whenSent.removeFirst(due.count)
        for entry in due { entry.action() }
    }

    // MARK: - Reading

    /// Stops or resumes reading.
    package func setReadsPaused(_ isPaused: Bool) {
        guard self.isPaused != isPaused else { return }
        self.isPaused = isPaused
        self.updateInterest()
    }

    private var isReading: Bool { !self.isPaused && !self.hasReadAll }

    private func updateInterest() {
        guard self.isOpen else { return }
        var interest: Readiness = []
        if self.isReading {
            interest = [.readable, .peerEnded]
        } else if self.noticesEndWhilePaused, !self.hasReadAll {
            interest = .peerEnded
        }
        if self.isBlocked { interest.insert(.writable) }
        guard interest != self.interest else { return }
        self.interest = interest
        self.loop.change(self.descriptor, interest)
    }

    private func read() {
        let isLong = self.longReads > 0
        let count = self.loop.receiveBuffers.receive(from: self.descriptor, isLong: isLong)
        switch count {
        case 1...:
            self.undelivered = .bytes(self.loop.receiveBuffers.latest(isLong: isLong))
            if count >= ReceiveBuffers.shortRead {
                self.longReads = Self.longReadsInRow
            } else if self.longReads > 0 {
                self.longReads -= 1
            }
            guard count < Self.manyBytes else { return self.passOn() }
        case 0: self.undelivered = .end
        case -paddock_would_block: return
        default: self.undelivered = .failed
        }
        self.loop.hasRead(self)
    }

    /// Delivers what was just read and sends what follows from it, while it is in the processor's cache. Its memory is then free
    /// for the next read.
    private func passOn() {
        self.deliver()
        self.loop.sendWritten()
        self.loop.receiveBuffers.freeLatestLong()
    }

    /// Gives the delegate what was read in this turn.
    func deliver() {
        let undelivered = Swift.exchange(&self.undelivered, with: .none)
        guard self.isOpen else { return }
        switch consume undelivered {
        case .none: break
        case .bytes(let bytes):
            if let filter = self.filter { return self.deliver(bytes, through: filter) }
            self.delegate?.received(bytes)
        case .failed: self.close(isBroken: true)
        case .end:
            self.hasPeerEnded = true
            self.hasReadAll = true
            self.delegate?.peerEnded()
            // If that did not close it, the end would be reported in every turn.
            self.updateInterest()
        }
    }

    private func deliver(_ bytes: ByteBuffer, through filter: any ByteFilter) {
        var reply = ByteBuffer()
        let plain = filter.received(bytes, reply: &reply)
        self.outbound.append(reply)
        guard let plain else {
            self.flushNow()
            return self.close(isBroken: true)
        }
        if reply.readableBytes > 0 { self.flush() }
        if plain.readableBytes > 0 { self.delegate?.received(plain) }
    }

    // MARK: - Closing

    /// Closes it; what waits to be sent is lost.
    package func close() { self.close(isBroken: false) }

    /// Closes it so that the other side learns that something is missing.
    package func reset() {
        guard self.isOpen else { return }
        _ = paddock_reset_at_close(self.descriptor)
        self.close(isBroken: false)
    }

    /// Tells the other side that nothing more will be sent; what it sends is still read.
    package func endOutput() {
        guard self.isOpen else { return }
        if let filter = self.filter {
            self.outbound.append(filter.outputEnded())
            self.flushNow()
            guard self.isOpen else { return }
        }
        _ = paddock_end_output(self.descriptor)
    }

    /// Gives its socket away, so that another loop can watch it; the delegate gets no more calls.
    ///
    /// - Returns: nil if something is on its way in or out.
    package func giveAway() -> ConnectedSocket? {
        guard self.isOpen, !self.hasNews, !self.hasPeerEnded, !self.isFlushDue, self.outbound.isEmpty,
            self.whenSent.isEmpty, self.filter == nil
        else { return nil }
        self.loop.release(self.descriptor)
        self.loop.hasClosed(self)
        defer { self.descriptor = -1 }
        self.isWritable = false
        self.delegate = nil
        return ConnectedSocket(self.descriptor, peer: self.remoteAddress)
    }

    private func close(isBroken: Bool) {
        guard self.isOpen else { return }
        self.loop.hasClosed(self)
        self.loop.unwatch(self.descriptor)
        _ = paddock_close(self.descriptor)
        self.descriptor = -1
        self.undelivered = .none
        self.isWritable = false
        self.lostBytes = self.outbound.byteCount
        self.outbound.removeAll()
        let delegate = self.delegate
        self.delegate = nil
        for entry in Swift.exchange(&self.whenSent, with: []) { entry.action() }
        delegate?.closed(isBroken: isBroken)
    }
}

extension Connection: Pollable {
    func ready(_ readiness: Readiness) {
        guard self.isOpen else { return }
        if readiness.contains(.writable) { self.flush() }
        if readiness.contains(.peerEnded) { self.hasPeerEnded = true }
        // Some systems report one descriptor twice; what is left is reported in the next turn.
        guard !self.hasNews else { return }
        if self.isReading {
            if readiness != .writable { self.read() }
            return
        }
        // Neither can wait until it is read on: it would be reported again in every turn.
        if readiness.contains(.failed) {
            self.undelivered = .failed
        } else if readiness.contains(.peerEnded) {
            self.undelivered = .end
        } else {
            return
        }
        self.loop.hasRead(self)
    }

    func loopEnds() { self.close() }
}
