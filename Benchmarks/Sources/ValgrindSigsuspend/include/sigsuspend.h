// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#include <signal.h>

int sigsuspend(const sigset_t *mask);
