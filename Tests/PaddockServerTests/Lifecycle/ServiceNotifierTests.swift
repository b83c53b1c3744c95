// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PaddockServer

@Suite("Telling the service manager")
struct ServiceNotifierTests {
    @Test("Each event is one line and a status, a reload with the time it began")
    func messages() {
        func message(_ event: ServiceNotifier.Event) -> String {
            ServiceNotifier.message(event, status: "s", monotonicMicroseconds: 42)
        }
        #expect(message(.ready) == "READY=1\nSTATUS=s")
        #expect(message(.reloading) == "RELOADING=1\nMONOTONIC_USEC=42\nSTATUS=s")
        #expect(message(.stopping) == "STOPPING=1\nSTATUS=s")
    }
}
