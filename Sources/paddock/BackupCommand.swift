// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockBase
import PaddockConfiguration
import PaddockJSON
import PaddockServer
import PaddockStore

/// `paddock backup`: a copy of what stays over restarts.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy usage and settings into a file, while the gateway runs.",
        discussion: """
            It runs on the gateway's machine, as a user who may read its state folder. To restore, stop the gateway, put the file \
            in the place of paddock.db in that folder, remove paddock.db-wal and paddock.db-shm, and start the gateway.
            """
    )

    @Argument(help: "The file, which must not be there yet.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("Configuration file (default: paddock.yaml here, if there is one).", valueName: "file"))
    var config: String?

    @OptionGroup
    var flags: SettingFlags<StateSettings>

    @OptionGroup
    var output: OutputOptions

    func run() throws {
        let folder = try self.folder()
        do throws(StoreError) {
            try StoreBackup.make(of: folder, to: self.file)
        } catch {
            throw CommandFailure(error)
        }
        let line = "\(folder)/\(Store.fileName) is copied to \(self.file)".escapedForTerminal
        let json: JSONText = #"{"folder":\#(folder),"file":\#(self.file)}"#
        try self.output.print(Report(blocks: [.text(line)], json: json))
    }

    private func folder() throws(CommandFailure) -> String {
        let setting: StateSetting
        do throws(ConfigurationError) {
            setting = try self.flags.load(ConfigurationFile.find(path: self.config)).configuration.state
        } catch {
            throw CommandFailure(.configuration, "\(error)")
        }
        let folder: String? =
            switch setting {
            case .off: nil
            case .auto: StoreFolder.automatic(.ofProcess)
            case .folder(let path): path
            }
        guard let folder else { throw CommandFailure(.noInput, "no state folder is known: give --state") }
        return folder
    }
}

/// The setting that names the store.
enum StateSettings: SettingSelection {
    static let settings = ["state"].compactMap(Setting.named)
    static var showsDefaults: Bool { true }
}
