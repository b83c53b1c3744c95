// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockAdmission
import PaddockBase
import PaddockConfiguration
import PaddockReplay
import PaddockServer
import PaddockSystem

/// `paddock whatif`: a trace replayed through the admission in virtual time.
struct WhatIfCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "whatif",
        abstract: "Replay a trace with other settings, faster than real time, and compare.",
        discussion: """
            paddock serve --trace FILE writes the trace. Requests arrive when they did and take as long as they did, and \
            the same admission decides. It prints side by side what was recorded, what the configuration here gives, and \
            what the flags give.

            A request that got no slot when it was recorded takes the median time of its model's requests. If the trace \
            has loads, backends load models as Ollama does, in the times that the trace shows. That a backend gets slower \
            with more concurrent requests is not replayed.
            """
    )

    @Argument(help: "The trace.")
    var trace: String

    @Option(help: ArgumentHelp("Configuration file (default: paddock.yaml here, if there is one).", valueName: "file"))
    var config: String?

    @OptionGroup
    var flags: SettingFlags<ReplaySettings>

    // A text, so that a bad value is reported in the same words as one of the settings.
    @Option(parsing: .unconditional, help: ArgumentHelp("The number of backends.", valueName: "number"))
    var backends: String?

    @OptionGroup
    var output: OutputOptions

    func run() throws {
        let configured = ReplaySetting(try self.configuration(SettingFlags()))
        let asked = try self.asked()
        let (trace, skipped) = try self.read()
        let busiest = trace.busiestClients(10)
        var columns = [
            WhatIf.Column(name: "recorded", setting: nil, summary: Replay.recorded(trace, busiest: busiest)),
            WhatIf.Column(
                name: "configured",
                setting: configured,
                summary: Replay.run(trace, configured, busiest: busiest)
            ),
        ]
        if let asked {
            let summary = Replay.run(trace, asked, busiest: busiest)
            columns.append(WhatIf.Column(name: "asked", setting: asked, summary: summary))
        }
        let whatIf = WhatIf(
            path: self.trace,
            requests: trace.requests.count,
            skipped: skipped,
            models: trace.models.count,
            clients: trace.clients.count,
            busiest: busiest.map { trace.clients[$0].name },
            columns: columns
        )
        try self.output.print(.whatIf(whatIf))
    }

    private func read() throws(CommandFailure) -> (ReplayTrace, skipped: Int) {
        let (trace, skipped): (ReplayTrace, Int)
        do throws(FileError) {
            (trace, skipped) = try TraceReader.read(path: self.trace)
        } catch {
            throw CommandFailure(.noInput, "the trace cannot be read: \(error)")
        }
        guard !trace.requests.isEmpty else {
            throw CommandFailure(
                .badData,
                "\(self.trace) is not a trace: give a file that paddock serve --trace has written"
            )
        }
        guard !Replay.isTooLong(trace) else {
            throw CommandFailure(
                .badData,
                "the times in \(self.trace) add up to more than a hundred years: give a file of one gateway, or a part of it"
            )
        }
        return (trace, skipped)
    }

    /// The setting that the flags ask for; nil without any.
    private func asked() throws -> ReplaySetting? {
        let texts = self.flags.texts
        guard !texts.isEmpty || self.backends != nil else { return nil }
        var setting = ReplaySetting(try self.configuration(self.flags))
        var admission = setting.admission
        // A limit that is asked for is that of every model.
        let (parallel, queue) = (texts["--parallel"] != nil, texts["--max-queue"] != nil)
        admission.models = admission.models.mapValues {
            LimitOverrides(parallel: parallel ? nil : $0.parallel, queue: queue ? nil : $0.queue)
        }
        if let backends = self.backends {
            guard let count = Int(backends), 1...1_000 ~= count else {
                let problem = "\"\(backends.prefix(80))\" is not a number of backends"
                throw CommandFailure(.configuration, "--backends: \(problem): give an integer from 1 to 1000")
            }
            // What is added is like the last one that there is.
            let last = admission.backendSlots[BackendIndex(admission.backendCount - 1)]
            for index in admission.backendCount..<max(count, admission.backendCount) {
                admission.backendSlots[BackendIndex(index)] = last
            }
            admission.backendSlots = admission.backendSlots.filter { $0.key.value < count }
            admission.backendCount = count
        }
        setting.admission = admission
        return setting
    }

    private func configuration(_ flags: SettingFlags<ReplaySettings>) throws(CommandFailure) -> Configuration {
        do throws(ConfigurationError) {
            return try flags.load(ConfigurationFile.find(path: self.config)).configuration
        } catch {
            throw CommandFailure(.configuration, "\(error)")
        }
    }
}
