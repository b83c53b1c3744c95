// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// Swift's Glibc module leaves epoll out.
#include <sys/epoll.h>
