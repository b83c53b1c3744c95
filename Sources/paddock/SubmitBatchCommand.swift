// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import NIOHTTP1
import PaddockBase
import PaddockClient
import PaddockJSON
import PaddockSystem

/// `paddock batch submit`.
struct SubmitBatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Upload a file of requests and start a job.",
        discussion: """
            Each line of the file is an object such as {"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{…}}, with \
            the same url in all. With --wait it shows the progress and ends when the job has: status 0 if it is completed, 65 if its \
            input has errors, 69 if it is cancelled or its window is over.
            """
    )

    @Argument(help: "The file of requests (JSONL).")
    var file: String

    @Option(help: ArgumentHelp("The route of the requests.", valueName: "path"))
    var endpoint = "/v1/chat/completions"

    @Option(help: ArgumentHelp("How long the job may take, such as 24h or 7d.", valueName: "time"))
    var window = "24h"

    @Flag(help: "Wait until the job has ended, and show its progress.")
    var wait = false

    @OptionGroup
    var client: ClientOptions

    @OptionGroup
    var gateway: GatewayOptions

    @OptionGroup
    var output: OutputOptions

    func run() async throws {
        let line = ProgressLine()
        let body = try MultipartFile.body(of: self.file, boundary: MultipartFile.randomBoundary()) { sent, all in
            line.show("uploading", bytes: sent, of: all)
        }
        let paddock = try await self.client.paddock(at: self.gateway)
        defer { line.clear() }
        let file: FileObjectReply = try await paddock.upload(body, to: "/v1/files")
        line.clear()
        var reading = try await self.start(file.id, paddock)
        let path = "/v1/batches/\(reading.value.id.percentEncoded)"
        if self.wait {
            StandardError.say("\(reading.value.id) is submitted".escapedForTerminal)
            reading = try await BatchWait(paddock: paddock, path: path).untilOver()
            let blocks = reading.value.blocks(now: WallClock.secondsSince1970())
            try self.output.print(Report(blocks: blocks, json: reading.json))
            return try reading.value.requireCompleted()
        }
        let text = "\(reading.value.id) is submitted; paddock batch show \(reading.value.id) --wait shows its progress"
        try self.output.print(Report(blocks: [.text(text.escapedForTerminal)], json: reading.json))
    }

    /// Makes the job. A file without a job is of no use, so it is removed if none can be made.
    private func start(
        _ file: String,
        _ paddock: RemoteGateway
    ) async throws(CommandFailure) -> RemoteGateway.Reading<BatchReply> {
        do throws(CommandFailure) {
            return try await paddock.ask(
                "/v1/batches",
                method: .POST,
                json: .object { json in
                    json.member("input_file_id", file)
                    json.member("endpoint", self.endpoint)
                    json.member("completion_window", self.window)
                }
            )
        } catch {
            let _: RemoteGateway.Reading<FileObjectReply>? = try? await paddock.ask(
                "/v1/files/\(file.percentEncoded)",
                method: .DELETE
            )
            throw error
        }
    }
}
