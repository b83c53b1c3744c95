// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSockets

/// Packed bodies, which are unpacked and scanned a slice at a time; the exchange stays in the phase of reading its body.
extension ClientHandler {
    /// Sees to it that what has come of a packed body is unpacked.
    ///
    /// - Returns: whether that has to be waited for; ``readInbound()`` is called then.
    func unpackLater() -> Bool {
        guard let intake = self.intake, intake.hasPacked else { return false }
        if !self.isUnpacking {
            self.isUnpacking = true
            self.loop.unpacking.add(self)
        }
        return true
    }

    /// Unpacks the next slice, and reads on behind the last one.
    ///
    /// The client may have gone meanwhile, or have been answered, and the next request have begun.
    ///
    /// - Returns: whether there is more to unpack.
    func unpackSlice() -> Bool {
        if let intake = self.intake, intake.hasPacked {
            intake.unpackSlice()
            guard self.countDecoder(intake.decoderBytes) else {
                self.isUnpacking = false
                self.rejectForMemory()
                return false
            }
            if intake.hasPacked { return true }
        }
        self.isUnpacking = false
        if self.connection.isOpen { self.readInbound() }
        return false
    }

    /// Counts the memory that unpacking takes, in place of what it took before.
    ///
    /// - Returns: whether it fits in `max_queued_bytes`.
    func countDecoder(_ bytes: Int) -> Bool {
        let change = bytes - self.decoderBytes
        guard change > 0 else {
            self.gateway.countBytes(change)
            self.heldBytes += change
            self.decoderBytes = bytes
            return true
        }
        guard self.loop.takeBytes(change) else { return false }
        self.heldBytes += change
        self.decoderBytes = bytes
        return true
    }
}
