// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PaddockClient
import PaddockSystem

/// Which gateway a command talks to.
struct GatewayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The URL of Paddock (default: $PADDOCK_URL, or http://127.0.0.1:8080).", valueName: "url")
    )
    var url: String?

    /// The server that is meant.
    func server() throws(CommandFailure) -> ServerURL {
        let variable = SystemCall.variable("PADDOCK_URL").flatMap { $0.isEmpty ? nil : $0 }
        guard let text = self.url ?? variable else { return ServerURL(host: "127.0.0.1", port: 8080) }
        do throws(ServerURL.Problem) {
            return try ServerURL(text)
        } catch {
            throw self.url == nil
                ? CommandFailure(.configuration, "variable PADDOCK_URL: \(error.text)")
                : CommandFailure(.usage, "--url: \(error.text)")
        }
    }
}

/// Who may change things: the admin token, which never stands on a command line, where every process list shows it.
struct AdminOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("A file with the admin token (default: $PADDOCK_ADMIN_TOKEN).", valueName: "file")
    )
    var tokenFile: String?

    @OptionGroup
    var gateway: GatewayOptions

    /// The gateway with the token that was given, once it has shown that it is Paddock.
    func paddock() async throws(CommandFailure) -> RemoteGateway {
        let gateway = RemoteGateway(url: try self.gateway.server(), token: try self.token())
        _ = try await gateway.health()
        return gateway
    }

    /// The admin token, or `nil` where none was given.
    func token() throws(CommandFailure) -> String? {
        try Secret.read(file: self.tokenFile, variable: "PADDOCK_ADMIN_TOKEN", noun: "token")
    }
}

/// Which client a command is: its key, which never stands on a command line either.
struct ClientOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A file with the client's key (default: $PADDOCK_KEY).", valueName: "file"))
    var keyFile: String?

    /// The gateway with the key that was given, once it has shown that it is Paddock.
    func paddock(at gateway: GatewayOptions) async throws(CommandFailure) -> RemoteGateway {
        let key = try Secret.read(file: self.keyFile, variable: "PADDOCK_KEY", noun: "key")
        let paddock = RemoteGateway(url: try gateway.server(), token: key, credential: .clientKey)
        _ = try await paddock.health()
        return paddock
    }
}

/// A token or a key, from a file or a variable.
private enum Secret {
    /// The secret; nil if none was given.
    static func read(file: String?, variable: String, noun: String) throws(CommandFailure) -> String? {
        if let file {
            return try Self.checked(Self.contents(of: file, noun), "the \(noun) file \(file)", noun)
        }
        guard let text = SystemCall.variable(variable), !text.isEmpty else { return nil }
        return try Self.checked(text, "variable \(variable)", noun)
    }

    /// A secret is visible ASCII; nothing of one that is not is shown.
    private static func checked(_ text: String, _ place: String, _ noun: String) throws(CommandFailure) -> String {
        var secret = text[...]
        while let last = secret.last, last.isWhitespace { secret.removeLast() }
        secret = secret.drop(while: \.isWhitespace)
        guard (1...1024).contains(secret.utf8.count), secret.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandFailure(.configuration, "\(place) has no \(noun): give 1 to 1024 printable ASCII characters")
        }
        return String(secret)
    }

    private static func contents(of file: String, _ noun: String) throws(CommandFailure) -> String {
        do throws(SystemError) {
            return String(decoding: try InputFile.bytes(of: file, upTo: 4096, waits: true), as: UTF8.self)
        } catch {
            throw CommandFailure(.configuration, "the \(noun) file \(file) cannot be read (\(error))")
        }
    }
}
