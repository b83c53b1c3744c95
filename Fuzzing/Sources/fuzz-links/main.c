// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The main function is libFuzzer's; it calls LLVMFuzzerTestOneInput of LinkFuzzer.
