// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import PaddockSystem

/// The keys as they are pressed.
final class Keyboard {
    private let source: any DispatchSourceRead

    /// - Parameters:
    ///   - onKey: Gets each key, in order.
    ///   - onEnd: Called when the terminal is gone.
    init(onKey: @escaping @Sendable (Key) -> Void, onEnd: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "keyboard")
        let source = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: queue)
        self.source = source
        var reader = KeyReader()
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = bytes.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                for key in reader.keys(in: Array(bytes[..<count])) { onKey(key) }
            } else if count < 0, errno != EINTR, errno != EAGAIN {
                source.cancel()
                onEnd()
            }
        }
        source.activate()
    }

    func stop() { self.source.cancel() }
}
