// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#include "exclusivity.h"
#include <stdbool.h>

// The Swift runtime's own switch (stdlib/public/runtime/Exclusivity.cpp); weak, so that a runtime without it still links.
extern bool _swift_disableExclusivityChecking __attribute__((weak));

void paddock_end_exclusivity_checks(void) {
    if (&_swift_disableExclusivityChecking) _swift_disableExclusivityChecking = true;
}
