// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockConfiguration
import Testing

@Suite
struct BackendURLTests {
    @Test(
        "An http:// address with host and port is a backend",
        arguments: [
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434", "127.0.0.1:11434"),
            ("http://GPU-1.example:8000/", "http://gpu-1.example:8000", "gpu-1.example:8000"),
            ("HTTP://localhost", "http://localhost:80", "localhost"),
            ("http://[::1]:11434", "http://[::1]:11434", "[::1]:11434"),
            ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]:80", "[::1]"),
            ("http://my_gpu:65535", "http://my_gpu:65535", "my_gpu:65535"),
            ("http://[FE80:0:0::1%25eth0]:11434", "http://[fe80::1%25eth0]:11434", "[fe80::1%25eth0]:11434"),
            ("http://[fe80::1%eth0.100]", "http://[fe80::1%25eth0.100]:80", "[fe80::1%25eth0.100]"),
            ("http://[febf::1%25]:1", "http://[febf::1%2525]:1", "[febf::1%2525]:1"),
            ("http://[fec0::1]:1", "http://[fec0::1]:1", "[fec0::1]:1"),
            ("http://[fe8::1]:1", "http://[fe8::1]:1", "[fe8::1]:1"),
            ("http://host.docker.internal.:1", "http://host.docker.internal.:1", "host.docker.internal.:1"),
        ]
    )
    func valid(text: String, description: String, authority: String) throws {
        let backend = try #require(try load(flags: ["--backend": [text]]).configuration.backends.first).url
        #expect(backend.description == description)
        #expect(backend.authority == authority)
    }

    @Test(
        "Anything else is refused with what would be right",
        arguments: [
            ("127.0.0.1:11434", "\"127.0.0.1:11434\" has no scheme: give http://127.0.0.1:11434"),
            ("gpu1", "\"gpu1\" has no scheme: give http://gpu1:80"),
            (
                "ftp://a",
                "\"ftp://a\" is not an http:// address: give an address such as http://127.0.0.1:11434"
            ),
            ("", "\"\" is not an http:// address: give an address such as http://127.0.0.1:11434"),
            ("http://a/v1", "\"http://a/v1\" contains a path or a query: " + alone),
            ("http://a//", "\"http://a//\" contains a path or a query: " + alone),
            ("http://a?x", "\"http://a?x\" contains a path or a query: " + alone),
            ("http://a#x", "\"http://a#x\" contains a path or a query: " + alone),
            ("http://user:secret@a", "\"http://***@a\" contains a user name or password: " + alone),
            ("http://", "\"http://\" has no valid host: " + alone),
            ("http://:80", "\"http://:80\" has no valid host: " + alone),
            ("http://::1", "\"http://::1\" has no valid host: " + alone),
            ("http://[::1", "\"http://[::1\" has no valid host: " + alone),
            ("http://[a]", "\"http://[a]\" has no valid host: " + alone),
            ("http://[::1]x", "\"http://[::1]x\" has no valid host: " + alone),
            (
                "http://[fe80::1]:11434",
                "\"http://[fe80::1]:11434\" has a link-local address without its interface: "
                    + "give the interface behind it, as in http://[fe80::1%25eth0]:11434"
            ),
            (
                "http://[::1%25lo]",
                "\"http://[::1%25lo]\" has an interface, which only link-local addresses have: " + alone
            ),
            ("http://[fe80::1%]", "\"http://[fe80::1%]\" has no valid host: " + alone),
            ("http://[fe80::1%25a/b]", "\"http://[fe80::1%25a/b]\" contains a path or a query: " + alone),
            ("http://256.1.1.1", "\"http://256.1.1.1\" has no valid host: " + alone),
            ("http://a b", "\"http://a b\" has no valid host: " + alone),
            ("http://a;http://b", "\"http://a;http://b\" contains a path or a query: " + alone),
            ("http://bücher", "\"http://bücher\" has no valid host: " + alone),
            ("http://a:", "\"http://a:\" has no valid port: give a port from 1 to 65535 after the host"),
            ("http://a:0", "\"http://a:0\" has no valid port: give a port from 1 to 65535 after the host"),
            ("http://a:65536", "\"http://a:65536\" has no valid port: give a port from 1 to 65535 after the host"),
            ("http://a:1:2", "\"http://a:1:2\" has no valid port: give a port from 1 to 65535 after the host"),
        ]
    )
    func invalid(text: String, rest: String) {
        #expect(refusal(flags: ["--backend": [text]]) == "flag --backend: backends: " + rest)
    }

}

private let alone = "give only scheme, host and port, such as http://127.0.0.1:11434"
