// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockConfiguration

@Suite
struct ValueTextTests {
    @Test(
        "Durations",
        arguments: [
            ("300", Duration.seconds(300)), ("0.5", .milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)),
            ("2h", .seconds(7200)), ("1.5h", .seconds(5400)), ("0.000000001", .nanoseconds(1)), ("0.1m", .seconds(6)),
            ("8760h", .seconds(31_536_000)), ("31536000", .seconds(31_536_000)), ("007", .seconds(7)),
            ("0.0000000019", .nanoseconds(1)),
        ]
    )
    func durations(text: String, duration: Duration) throws {
        #expect(try DurationText.parse(text) == duration)
    }

    @Test(
        "Durations that are none",
        arguments: [
            ("", "is not a duration"), ("s", "is not a duration"), ("abc", "is not a duration"),
            ("-1", "is not a duration"),
            ("1e3", "is not a duration"), ("nan", "is not a duration"), ("inf", "is not a duration"),
            ("1.", "is not a duration"), (".5", "is not a duration"), ("1.2.3", "is not a duration"),
            ("1m30s", "is not a duration"), ("5 m", "is not a duration"), ("5M", "is not a duration"),
            ("100ms", "is not a duration"), ("1,5", "is not a duration"), ("٣", "is not a duration"),
            ("0", "is not more than 0"), ("0.0h", "is not more than 0"), ("0.0000000009", "is not more than 0"),
            ("31536000.1", "is too long"), ("31536001", "is too long"), ("8760.1h", "is too long"),
            ("8761h", "is too long"),
            ("99999999999999999999999999", "is too long"),
        ]
    )
    func badDurations(text: String, problem: String) {
        #expect(throws: InvalidValue("\"\(text)\" \(problem)"), performing: { try DurationText.parse(text) })
    }

    @Test(
        "Durations are listed in seconds",
        arguments: [
            (Duration.seconds(300), "300s"), (.milliseconds(500), "0.5s"), (.nanoseconds(1), "0.000000001s"),
            (.milliseconds(90_250), "90.25s"),
        ]
    )
    func durationText(duration: Duration, text: String) throws {
        #expect(DurationText.text(duration) == text)
        #expect(try DurationText.parse(text) == duration)
    }

    @Test(
        "Sizes",
        arguments: [
            ("1", 1), ("104857600", 104_857_600), ("512KB", 524_288), ("512KiB", 524_288), ("100MiB", 104_857_600),
            ("100 mib", 104_857_600), ("1GiB", 1 << 30), ("1gb", 1 << 30), ("1024GiB", 1 << 40),
            ("1099511627776", 1 << 40),
        ]
    )
    func sizes(text: String, bytes: Int) throws {
        #expect(try ByteCountText.parse(text) == bytes)
    }

    @Test(
        "Sizes that are none",
        arguments: [
            ("", "is not a whole number"), ("MiB", "is not a whole number"), ("-1", "is out of range"),
            ("0", "is out of range"), ("0GB", "is out of range"), ("1025GiB", "is out of range"),
            ("99999999999999999999GiB", "is out of range"), ("9223372036854775807KB", "is out of range"),
            ("1.5GiB", "is not a size"), ("1TB", "is not a size"), ("1B", "is not a size"), ("1G", "is not a size"),
            ("1  GB", "is not a size"), ("1 ", "is not a size"), ("010MB", "is not a size"), ("1e3", "is not a size"),
            ("0x10", "is not a size"),
        ]
    )
    func badSizes(text: String, problem: String) {
        #expect(throws: InvalidValue("\"\(text)\" \(problem)"), performing: { try ByteCountText.parse(text) })
    }

    @Test(
        "Addresses to listen on",
        arguments: [
            ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"), ("[::1]", "::1"),
            ("FE80::1%eth0", "fe80::1%eth0"), ("2001:DB8:0:0::1", "2001:db8::1"), ("LocalHost", "localhost"),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.1"), ("gpu-1.example.", "gpu-1.example."), ("3com", "3com"),
        ]
    )
    func hosts(text: String, host: String) throws {
        #expect(try HostText.parse(text) == host)
    }

    @Test(
        "Addresses that cannot be listened on",
        arguments: [
            ("", "it is empty"), ("*", "\"*\" is not an address"),
            ("0.0.0.0:8080", "\"0.0.0.0:8080\" contains a port"),
            ("localhost:8080", "\"localhost:8080\" contains a port"),
            ("[::1]:8080", "\"[::1]:8080\" contains a port"), ("http://a", "\"http://a\" contains a scheme"),
            ("a b", "\"a b\" is neither an IP address nor a host name"),
            ("256.0.0.1", "\"256.0.0.1\" is neither an IP address nor a host name"),
            ("127.1", "\"127.1\" is neither an IP address nor a host name"),
            ("127.0.0.01", "\"127.0.0.01\" is neither an IP address nor a host name"),
            ("-a", "\"-a\" is neither an IP address nor a host name"),
            ("a..b", "\"a..b\" is neither an IP address nor a host name"),
            (".", "\".\" is neither an IP address nor a host name"),
            ("[a]", "\"[a]\" is neither an IP address nor a host name"),
            ("1::2::3", "\"1::2::3\" is neither an IP address nor a host name"),
            ("::1\u{0}", "\"::1\\u{0}\" is neither an IP address nor a host name"),
            (":", "\":\" is neither an IP address nor a host name"),
        ]
    )
    func badHosts(text: String, problem: String) {
        let error = #expect(throws: InvalidValue.self, performing: { try HostText.parse(text) })
        #expect(error?.problem == problem)
    }
}
