// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// The addresses that the name of a backend has, as far as is known. Pure: the look-ups are the caller's.
struct NameAddresses {
    /// For how long addresses are used before the name is looked up again.
    static let maxAge = TimeAmount.seconds(10)

    /// The addresses in the order in which they should be tried; none if none have been found yet.
    private(set) var all: [SocketAddress] = []
    /// When they were found; nil if they may be out of date.
    private var found: NIODeadline?
    /// When they were last asked for.
    private var asked: NIODeadline?

    /// The addresses, if they were found so recently that they can be used as they are.
    func fresh(now: NIODeadline) -> [SocketAddress]? {
        guard let found, now - found < Self.maxAge else { return nil }
        return self.all
    }

    /// Whether it is time to ask again, even if nobody has to wait for the answer.
    func isDue(now: NIODeadline) -> Bool { self.asked.map { now - $0 >= Self.maxAge } ?? true }

    /// Whether an address is one of them, as far as is known.
    func contains(_ address: SocketAddress) -> Bool { self.all.isEmpty || self.all.contains(address) }

    /// They are being asked for.
    mutating func ask(now: NIODeadline) { self.asked = now }

    /// They have been found.
    ///
    /// - Parameters:
    ///   - addresses: in the order of the system; at least one.
    ///   - now: the time.
    mutating func found(_ addresses: [SocketAddress], now: NIODeadline) {
        self.found = now
        // The one that served last stays in front, as its models are loaded.
        if let first = self.all.first, let place = addresses.firstIndex(of: first) {
            self.all = [first] + addresses[..<place] + addresses[(place + 1)...]
        } else {
            self.all = addresses
        }
    }

    /// One of them has accepted a connection: it is tried first from now on.
    mutating func connected(to address: SocketAddress) {
        guard let place = self.all.firstIndex(of: address), place > 0 else { return }
        self.all.remove(at: place)
        self.all.insert(address, at: 0)
    }

    /// None of them accepted a connection: they may be out of date.
    mutating func failed() { self.found = nil }
}
