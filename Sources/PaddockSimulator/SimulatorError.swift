// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

/// Why a simulator did not start.
package enum SimulatorError: Error, Equatable, CustomStringConvertible {
    /// Something else listens there.
    case addressInUse(host: String, port: Int)
    /// The address cannot be listened on, for the reason given by the system.
    case cannotListen(host: String, port: Int, reason: String)

    /// One line for the user.
    package var description: String {
        switch self {
        case .addressInUse(let host, let port):
            return "\(host):\(port) is in use: stop what listens there, or choose another port with --port"
        case .cannotListen(let host, let port, let reason):
            return "cannot listen on \(host):\(port) (\(reason)): choose an address of this machine with --host"
        }
    }
}
