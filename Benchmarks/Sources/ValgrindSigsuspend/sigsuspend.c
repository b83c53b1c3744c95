// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// Preloaded into the gateway by scripts/instructions.
//
// An async main parks the main thread in sigsuspend with a mask in read-only memory. Valgrind up to 3.19 writes to the
// mask it is given and dies of it; so it is given a copy.

#define _GNU_SOURCE
#include "sigsuspend.h"
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    // The kernel's set has 64 signals; the C library's type is larger.
    return (int)syscall(SYS_rt_sigsuspend, &copy, 8);
}
