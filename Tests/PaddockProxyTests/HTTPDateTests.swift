// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockProxy
import Testing

@Suite("HTTP date")
struct HTTPDateTests {
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
                    let first = HTTPDate.text(secondsSinceEpoch: dayNumber * 86_400)
                    let last = HTTPDate.text(secondsSinceEpoch: dayNumber * 86_400 + 86_399)
                    if first != date + " 00:00:00 GMT" || last != date + " 23:59:59 GMT" {
                        Issue.record("\(first) and \(last) instead of \(date)")
                        return
                    }
                    dayNumber += 1
                }
            }
        }
    }
}
