// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockSystem

/// A secret, which no log, error or listing may show: that of the admin routes, or the key of a backend.
///
/// Printing or dumping it gives `(set)`; only `secret` gives the text.
package struct Secret: Hashable, Sendable {
    /// The text that is sent after `Bearer`: 1 to 1,024 printable ASCII characters without blanks.
    package let secret: String

    /// Makes a secret of a text.
    ///
    /// - Parameter secret: The text, not checked here.
    package init(_ secret: String) {
        self.secret = secret
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `(set)`.
    package var description: String { "(set)" }

    /// `(set)`.
    package var debugDescription: String { "(set)" }

    /// A mirror without children, so that `dump` does not show the secret.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret {
    static func parse(_ text: String) throws(InvalidValue) -> Secret {
        // The problems name no character of the text: part of a secret is a secret too.
        if text.isEmpty {
            throw InvalidValue("it is empty")
        }
        if text.utf8.count > Self.maximumLength {
            throw InvalidValue("it is longer than \(Self.maximumLength) characters")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw InvalidValue("it contains a blank, a control character or a character that is not ASCII")
        }
        return Secret(text)
    }

    /// Reads a file that holds a secret and nothing else, except for line breaks at its end.
    ///
    /// - Parameters:
    ///   - name: the file.
    ///   - minimum: how many characters it needs. Defaults to 1.
    static func read(file name: String, atLeast minimum: Int = 1) throws(InvalidValue) -> Secret {
        var bytes: [UInt8]
        do throws(SystemError) {
            // A pipe without a writer must not delay the start.
            bytes = try InputFile.bytes(of: name, upTo: Self.maximumLength + 16, waits: false)
        } catch {
            throw InvalidValue("\(name.shown) cannot be read (\(error))", wanted: InvalidValue.wantedFile)
        }
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        do throws(InvalidValue) {
            let secret = try Secret.parse(String(decoding: bytes, as: UTF8.self))
            guard secret.secret.utf8.count >= minimum else {
                throw InvalidValue("it is shorter than \(minimum) characters")
            }
            return secret
        } catch {
            throw InvalidValue(
                "the content of \(name.shown) is not a key: \(error.problem)",
                wanted: "a file with \(minimum) to \(Self.maximumLength) \(Self.characters) in one line"
            )
        }
    }

    static let maximumLength = 1024

    /// What would be right, to follow "give".
    static let wanted = "1 to \(maximumLength) \(characters)"

    private static let characters = "printable ASCII characters without blanks"
}
