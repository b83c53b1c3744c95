// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockBase
import Testing

@Suite("HTTP date")
struct CivilTimeTests {
    @Test("Every day of 200 years is written as a calendar counts it")
    func everyDay() {
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        var dayNumber = 0
        for year in 1970..<2170 {
            let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            for (month, length) in zip(months, lengths) {
                for day in 1...length {
                    let date = "\(weekdays[dayNumber % 7]), \(day < 10 ? "0" : "")\(day) \(month) \(year)"
                    let first = CivilTime(seconds: Int64(dayNumber * 86_400)).httpDate
                    let last = CivilTime(seconds: Int64(dayNumber * 86_400 + 86_399)).httpDate
                    if first != date + " 00:00:00 GMT" || last != date + " 23:59:59 GMT" {
                        Issue.record("\(first) and \(last) instead of \(date)")
                        return
                    }
                    dayNumber += 1
                }
            }
        }
    }

    @Test(
        "The date is written as RFC 9110 asks",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (1_709_210_096, "Thu, 29 Feb 2024 12:34:56 GMT"), (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
        ]
    )
    func date(seconds: Int, text: String) {
        #expect(CivilTime(seconds: Int64(seconds)).httpDate == text)
    }
}
