// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import PaddockConfiguration

@Suite("Keys of backends")
struct BackendKeyTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "paddock-\(UUID())")

    private func file(_ text: String) throws -> String {
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        let file = self.folder.appending(path: "key")
        try Data(text.utf8).write(to: file)
        return file.path
    }

    private func removeFiles() { try? FileManager.default.removeItem(at: self.folder) }

    @Test("A key is in the configuration or in a file, whose line breaks at the end do not count")
    func keys() throws {
        defer { self.removeFiles() }
        let direct = try load("backends:\n  - url: http://a\n    api_key: s3cret\n  - http://b\n")
        #expect(direct.configuration.backends.map(\.apiKey) == [Secret("s3cret"), nil])
        for text in ["from-file", "from-file\n", "from-file\r\n\n"] {
            let name = try self.file(text)
            let loaded = try load("backends:\n  - url: http://a\n    api_key_file: \(name)\n")
            #expect(loaded.configuration.backends[0].apiKey == Secret("from-file"))
            let shown = loaded.values.filter { $0.name.hasPrefix("backends.") }
            #expect(shown.map(\.value) == [name])
            // A file with something else in it is another configuration.
            var other = loaded.configuration
            other.backends[0].apiKey = Secret("else")
            #expect(other.changes(since: loaded.configuration).map(\.key) == ["backends"])
        }
    }

    @Test("No listing, message or dump shows a key")
    func hidden() throws {
        let loaded = try load("backends:\n  - url: http://a\n    api_key: s3cret\n")
        let setting = try #require(loaded.values.first { $0.name == "backends.http://a:80.api_key" })
        #expect(setting.value == "(set)")
        var dumped = ""
        dump(loaded.configuration, to: &dumped)
        #expect(!dumped.contains("s3cret") && !"\(loaded)".contains("s3cret"))
    }

    @Test(
        "A bad key is an error with its own line that shows none of it",
        arguments: [
            ("api_key: \"\"", "api_key: it is empty: give 1 to 1024 printable ASCII characters without blanks"),
            (
                "api_key: s3c ret",
                "api_key: it contains a blank, a control character or a character that is not ASCII: "
                    + "give 1 to 1024 printable ASCII characters without blanks"
            ),
            (
                "api_key_file: /no/such/file",
                "api_key_file: \"/no/such/file\" cannot be read (No such file or directory): "
                    + "give the name of a readable file"
            ),
            (
                "api_key_file: /",
                "api_key_file: \"/\" cannot be read (Is a directory): give the name of a readable file"
            ),
            (
                "api_key_file: /dev/null",
                "api_key_file: the content of \"/dev/null\" is not a key: it is empty: "
                    + "give a file with 1 to 1024 printable ASCII characters without blanks in one line"
            ),
            (
                "api_key_file: /dev/zero",
                "api_key_file: the content of \"/dev/zero\" is not a key: it is longer than 1024 characters: "
                    + "give a file with 1 to 1024 printable ASCII characters without blanks in one line"
            ),
        ]
    )
    func bad(_ line: String, _ message: String) {
        #expect(refusal("backends:\n  - url: http://a\n    \(line)\n") == "paddock.yaml:3: backends.\(message)")
    }

    @Test("Two keys are one too many, and two lines in a file are not a key")
    func two() throws {
        defer { self.removeFiles() }
        let name = try self.file("one\ntwo\n")
        #expect(
            refusal("backends:\n  - url: http://a\n    api_key: a\n    api_key_file: \(name)\n")
                == "paddock.yaml:4: backends.api_key_file: api_key is given in line 3 already: "
                + "give one of api_key and api_key_file"
        )
        let refused = try #require(refusal("backends:\n  - url: http://a\n    api_key_file: \(name)\n"))
        #expect(refused.contains("contains a blank, a control character") && !refused.contains("two"))
    }
}
