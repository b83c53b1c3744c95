// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

import PaddockAdmission
import PaddockBase
import Testing

@testable import PaddockAdmission

@Suite("IndexedHeap")
struct IndexedHeapTests {
    @Test("The least key is first, whatever was entered, changed and taken out before", arguments: 1...10)
    func isAHeap(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var heap = IndexedHeap<RequestIndex, Int>()
        var keys: [RequestIndex: Int] = [:]
        for _ in 0..<2_000 {
            let element = RequestIndex(row: Int32.random(in: 0..<60, using: &random))
            if Int.random(in: 0..<3, using: &random) == 0 {
                heap.remove(element)
                keys[element] = nil
            } else {
                let key = Int.random(in: 0..<1_000, using: &random)
                heap.set(element, key)
                keys[element] = key
            }
            #expect(heap.count == keys.count)
            #expect(heap.min.flatMap { keys[$0] } == keys.values.min())
        }
        #expect(Set((0..<heap.count).map { heap[$0] }) == Set(keys.keys))
        while let least = heap.min {
            #expect(keys[least] == keys.values.min())
            keys[least] = nil
            heap.remove(least)
        }
        #expect(keys.isEmpty)
    }

    @Test("Taking out what is not in does nothing")
    func removesNothing() {
        var heap = IndexedHeap<RequestIndex, Int>()
        heap.remove(RequestIndex(row: 3))
        heap.set(RequestIndex(row: 1), 5)
        heap.remove(RequestIndex(row: 0))
        heap.remove(RequestIndex(row: 100))
        #expect(heap.min == RequestIndex(row: 1))
    }
}
