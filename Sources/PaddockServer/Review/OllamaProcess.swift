// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockConfiguration
internal import PaddockSystem

/// An `ollama serve` that runs on this machine, as far as its environment tells.
package struct OllamaProcess: Equatable, Sendable {
    /// The port that it listens on.
    package let port: Int
    /// How many requests of one model it runs at once; nil if that is left to Ollama.
    package let parallel: Int?

    /// - Parameters:
    ///   - commandLine: the arguments, each with a zero behind it.
    ///   - environment: the variables, each with a zero behind it.
    /// - Returns: nil if it is another program, or Ollama would not start so.
    package init?(commandLine: String, environment: String) {
        let arguments = commandLine.split(separator: "\0")
        guard arguments.count > 1, arguments[0].split(separator: "/").last == "ollama", arguments[1] == "serve" else {
            return nil
        }
        var variables: [Substring: Substring] = [:]
        for entry in environment.split(separator: "\0") {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            variables[entry[..<equals]] = entry[entry.index(after: equals)...]
        }
        guard let port = Self.port(Self.unquoted(variables["OLLAMA_HOST"] ?? "")) else { return nil }
        self.port = port
        // To Ollama zero is as if nothing were set.
        self.parallel = Int(Self.unquoted(variables["OLLAMA_NUM_PARALLEL"] ?? "")).flatMap { $0 > 0 ? $0 : nil }
    }

    /// The port in `OLLAMA_HOST`: `0.0.0.0`, `:11435`, `[::1]:11435`, `http://127.0.0.1`.
    private static func port(_ host: Substring) -> Int? {
        var rest = host
        var usual = BackendURL.ollama.port
        if let scheme = host.firstRange(of: "://") {
            usual = host[..<scheme.lowerBound] == "https" ? 443 : 80
            rest = host[scheme.upperBound...]
        }
        rest = rest.prefix { $0 != "/" }
        if let bracket = rest.lastIndex(of: "]") { rest = rest[bracket...] }
        guard let colon = rest.lastIndex(of: ":"), rest.firstIndex(of: ":") == colon else { return usual }
        return UInt16(rest[rest.index(after: colon)...]).map(Int.init)
    }

    private static func unquoted(_ text: Substring) -> Substring {
        let text = text.drop { " \"'".contains($0) }
        return text.lastIndex { !" \"'".contains($0) }.map { text[...$0] } ?? ""
    }

    /// Those whose environment this process may read: of its own user, or all if it is root's; none where there is no `/proc`.
    package static func running() -> [OllamaProcess] {
        let names = (try? Folder.names(in: "/proc")) ?? []
        return names.filter { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }.compactMap { name in
            // Most are other programs, whose environment is nobody's business.
            guard let commandLine = SystemFiles.text("/proc/\(name)/cmdline"),
                commandLine.utf8.prefix(while: { $0 != 0 }).suffix(6).elementsEqual("ollama".utf8),
                let environment = SystemFiles.text("/proc/\(name)/environ")
            else { return nil }
            return OllamaProcess(commandLine: commandLine, environment: environment)
        }
    }
}
