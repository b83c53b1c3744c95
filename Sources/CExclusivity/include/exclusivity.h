// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#ifndef PADDOCK_EXCLUSIVITY_H
#define PADDOCK_EXCLUSIVITY_H

/// Ends the checks of exclusive access at run time for the whole process, those inside its libraries included.
///
/// Does nothing where the Swift runtime does not offer the switch.
void paddock_end_exclusivity_checks(void);

#endif
