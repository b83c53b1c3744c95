// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockBase
import PaddockClient

extension LoadCommand {
    /// What the options ask for.
    ///
    /// - Throws: `ValidationError` with the first one that is wrong.
    func plan(url: ServerURL) throws -> LoadPlan {
        guard self.concurrency == nil || self.rate == nil else {
            throw ValidationError("give --concurrency or --rate, not both")
        }
        try Self.check((1...100_000).contains(self.concurrency ?? 1), "--concurrency", "from 1 to 100000")
        try Self.check((0.001...1_000_000).contains(self.rate ?? 1), "--rate", "from 0.001 to 1000000")
        try Self.check((1...1_000_000).contains(self.maxOutstanding), "--max-outstanding", "from 1 to 1000000")
        try Self.check((self.requests ?? 1) >= 1, "--requests", "1 or more")
        try Self.check((0...1000).contains(self.retry), "--retry", "from 0 to 1000")
        try Self.check((0...1_000_000).contains(self.promptWords), "--prompt-words", "from 0 to 1000000")
        try Self.check((1...1_000_000).contains(self.numPredict), "--num-predict", "from 1 to 1000000")
        var plan = LoadPlan(url: url)
        plan.api = self.api
        plan.pace =
            self.rate.map { .open(rate: $0, outstanding: self.maxOutstanding) }
            ?? .closed(concurrency: self.concurrency ?? 8)
        // Ten seconds tell something and do no harm; who says how many wants them all.
        plan.duration =
            if let text = self.duration { try Self.duration(text, "--duration") } else {
                self.requests == nil ? .seconds(10) : nil
            }
        plan.requests = self.requests
        plan.isStreamed = self.stream
        plan.timeout = try Self.duration(self.timeout, "--timeout")
        plan.retries = self.retry
        plan.promptWords = self.promptWords
        plan.tokens = self.numPredict
        plan.isBatch = self.priorityClass == .batch
        plan.seed = self.seed
        if !self.models.isEmpty { plan.models = try self.models.map(Self.model) }
        plan.clients = try self.clients.map(Self.client)
        plan.fields = try self.headers.map(Self.field)
        return plan
    }

    private static func check(_ isGood: Bool, _ name: String, _ wanted: String) throws {
        if !isGood { throw ValidationError("\(name) must be \(wanted)") }
    }

    /// `30`, `0.5`, `30s`, `5m` or `2h`.
    private static func duration(_ text: String, _ name: String) throws -> Duration {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600]
        let unit = text.last.flatMap { units[$0] }
        let number = unit == nil ? text[...] : text.dropLast()
        guard number.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let value = Double(number),
            value > 0, value * (unit ?? 1) <= 365 * 86_400
        else { throw ValidationError("\(name) must be a time above 0, such as 30s, 5m or 2h") }
        return .seconds(value * (unit ?? 1))
    }

    private static func model(_ text: String) throws -> LoadPlan.Model {
        // Names hold colons and slashes, but no equals sign.
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let weight = parts.count == 2 ? Double(parts[1]) : 1
        guard let name = parts.first, (1...256).contains(name.utf8.count), let weight, (0.001...1e6).contains(weight)
        else {
            throw ValidationError("--model must be a name, or a name and a weight from 0.001 to 1000000 as in llama2=3")
        }
        return LoadPlan.Model(name: String(name), weight: weight)
    }

    private static func client(_ text: String) throws -> LoadPlan.Client {
        if IPAddress(text) != nil {
            return LoadPlan.Client(name: text, fields: [LoadPlan.Field(name: "X-Forwarded-For", value: text)])
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard (1...128).contains(parts[0].utf8.count), parts.allSatisfy(Self.isFieldValue), parts.last != "" else {
            throw ValidationError("--client must be a name, or a name and a key as in alice:KEY, in printable ASCII")
        }
        let field =
            parts.count == 2
            ? LoadPlan.Field(name: "Authorization", value: "Bearer \(parts[1])")
            : LoadPlan.Field(name: "X-Forwarded-User", value: parts[0])
        return LoadPlan.Client(name: parts[0], fields: [field])
    }

    private static func field(_ text: String) throws -> LoadPlan.Field {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let name = parts.first, !name.isEmpty, name.allSatisfy(Self.isToken),
            Self.isFieldValue(String(parts[1]))
        else { throw ValidationError("--header must be a name and a value, as in 'X-Request-Timeout: 10'") }
        // Where a request ends is not for a field of the user's to say.
        guard !["content-length", "transfer-encoding", "host", "connection"].contains(name.lowercased()) else {
            throw ValidationError("--header cannot set \(name)")
        }
        var value = parts[1].drop { $0 == " " }
        while value.last == " " { value.removeLast() }
        return LoadPlan.Field(name: String(name), value: String(value))
    }

    private static func isToken(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
    }

    private static func isFieldValue(_ text: String) -> Bool { text.utf8.allSatisfy { (0x20...0x7E).contains($0) } }
}
