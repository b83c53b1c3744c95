// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

package import PaddockConfiguration
package import PaddockStore
internal import PaddockSystem

extension Store {
    /// Opens the store that a configuration asks for.
    ///
    /// Where nobody named a folder, one that cannot be used is no error.
    ///
    /// - Parameters:
    ///   - setting: `state`.
    ///   - environment: what names a folder if the setting does not. Defaults to that of the process.
    /// - Returns: nil if the setting is `off`.
    /// - Throws: any case of `StoreError`.
    package static func open(
        _ setting: StateSetting,
        _ environment: StoreFolder.Environment = .ofProcess
    ) throws(StoreError) -> Store? {
        switch setting {
        case .off: return nil
        case .folder(let path): return try Store(folder: path)
        case .auto: break
        }
        guard let folder = StoreFolder.automatic(environment) else {
            return try Store(inMemoryBecause: "neither STATE_DIRECTORY, XDG_STATE_HOME nor HOME names a folder")
        }
        do throws(StoreError) {
            return try Store(folder: folder)
        } catch  where error.isOfFolder {
            return try Store(inMemoryBecause: error.reason)
        }
    }
}

extension StoreFolder.Environment {
    /// The environment of this process.
    package static var ofProcess: StoreFolder.Environment {
        StoreFolder.Environment(
            stateDirectory: SystemCall.variable("STATE_DIRECTORY"),
            stateHome: SystemCall.variable("XDG_STATE_HOME"),
            home: SystemCall.variable("HOME")
        )
    }
}
