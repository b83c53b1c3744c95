// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockConfiguration
import Testing

@testable import paddock

@Suite("Flags made from the table of settings")
struct SettingFlagsTests {
    @Test("Every setting with a flag can be given to serve, whatever the value looks like")
    func every() throws {
        let flags = Setting.all.compactMap(\.flag)
        #expect(flags.count > 10)
        let command = try ServeCommand.parse(flags.flatMap { [$0, "--x"] })
        #expect(command.flags.texts == Dictionary(uniqueKeysWithValues: flags.map { ($0, ["--x"]) }))
        #expect(try ServeCommand.parse([]).flags.texts.isEmpty)
    }

    @Test("A list takes each of its flags, any other setting the last")
    func repeated() throws {
        let arguments = ["--backend", "a", "--port", "1", "--backend", "b", "--port=2"]
        #expect(try ServeCommand.parse(arguments).flags.texts == ["--backend": ["a", "b"], "--port": ["2"]])
    }

    @Test("Help has every flag with its purpose and default, and no defaults for a replay")
    func help() {
        let words = ServeCommand.helpMessage(columns: 1_000)
        for setting in Setting.all {
            guard let flag = setting.flag else { continue }
            #expect(words.contains("\(flag) <\(setting.valueName)>"))
            #expect(words.contains(setting.summary.dropLast()))
        }
        #expect(words.contains("(default: 127.0.0.1)"))
        let replay = WhatIfCommand.helpMessage(columns: 1_000)
        #expect(
            replay.contains("--max-queue <number>") && !replay.contains("--port") && !replay.contains("(default: 512)")
        )
    }

    @Test("An unknown flag is refused, and the nearest one suggested")
    func unknown() {
        do {
            _ = try ServeCommand.parse(["--paralel", "3"])
            Issue.record("there is no such flag")
        } catch {
            #expect(ServeCommand.fullMessage(for: error).contains("Did you mean '--parallel'?"))
            #expect(ServeCommand.exitCode(for: error).rawValue == 64)
        }
    }
}
