// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockBase
import PaddockClient
import PaddockSystem

/// `paddock batch fetch`.
struct FetchBatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch",
        abstract: "Fetch the results of a job that has ended.",
        discussion: """
            Without --output the results go to standard output. Requests that failed are in a file of their own, which --errors \
            fetches. Files that are there are not replaced.
            """
    )

    @Argument(help: "The id of the job.")
    var id: String

    @Option(help: ArgumentHelp("Where the results are written.", valueName: "file"))
    var output: String?

    @Option(help: ArgumentHelp("Where the requests that failed are written.", valueName: "file"))
    var errors: String?

    @OptionGroup
    var client: ClientOptions

    @OptionGroup
    var gateway: GatewayOptions

    func validate() throws {
        guard self.output != self.errors || self.output == nil else {
            throw ValidationError("give --output and --errors different files")
        }
    }

    func run() async throws {
        let paddock = try await self.client.paddock(at: self.gateway)
        let path = "/v1/batches/\(self.id.percentEncoded)"
        let batch = try await (paddock.ask(path) as RemoteGateway.Reading<BatchReply>).value
        guard batch.isOver else {
            let progress = BatchProgress.line(batch, rate: nil, barWidth: 0, isPlain: true)
            throw CommandFailure(.unavailable, "\(batch.id) has not ended: \(progress)")
        }
        guard batch.outputFile != nil || batch.errorFile != nil else {
            throw CommandFailure(.badData, "\(batch.id) is \(batch.status) and has no results: see paddock batch show")
        }
        if let file = batch.outputFile {
            try await Self.fetch(file, to: self.output, "results", paddock)
        } else {
            StandardError.say("\(batch.id) has no results: no request was answered".escapedForTerminal)
        }
        if let errors = self.errors, let file = batch.errorFile {
            try await Self.fetch(file, to: errors, "errors", paddock)
        } else if batch.errorFile != nil {
            StandardError.say("\(batch.counts.failed) requests failed: --errors FILE writes why")
        } else if self.errors != nil {
            StandardError.say("no request failed")
        }
    }

    /// Writes a file of the gateway to a new file, or to standard output. Nothing stays of one that is not whole.
    private static func fetch(
        _ id: String,
        to path: String?,
        _ title: String,
        _ paddock: RemoteGateway
    ) async throws(CommandFailure) {
        let target = "/v1/files/\(id.percentEncoded)/content"
        guard let path else {
            return try await paddock.download(target, to: FileReply(descriptor: STDOUT_FILENO, name: "standard output"))
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CommandFailure(.cannotCreate, "\(path) cannot be made (\(SystemError.last))")
        }
        defer { close(descriptor) }
        let line = ProgressLine()
        do throws(CommandFailure) {
            let reply = FileReply(descriptor: descriptor, name: path) { line.show(title, bytes: $0, of: $1) }
            try await paddock.download(target, to: reply)
            line.clear()
        } catch {
            line.clear()
            unlink(path)
            throw error
        }
    }
}
