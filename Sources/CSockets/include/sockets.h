// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

// The calls of the operating system that PaddockSockets is made of, in one form for Linux and macOS: descriptors do not block
// and do not live on in child processes, nothing raises SIGPIPE, an interrupted call is made again, and a failure is the
// negative error number.

#ifndef PADDOCK_SOCKETS_H
#define PADDOCK_SOCKETS_H

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

// Of the family of an address.
int paddock_socket(const struct sockaddr *address);
int paddock_bind(int descriptor, const struct sockaddr *address, socklen_t length);
int paddock_listen(int descriptor, int backlog);
int paddock_accept(int descriptor, struct sockaddr_storage *peer, socklen_t *length);
// 0 once connected, -EINPROGRESS while it goes on.
int paddock_connect(int descriptor, const struct sockaddr *address, socklen_t length);
// How a connect that went on has ended.
int paddock_connect_result(int descriptor);
int paddock_local_address(int descriptor, struct sockaddr_storage *address, socklen_t *length);
int paddock_send_at_once(int descriptor);
// The next close resets the connection.
int paddock_reset_at_close(int descriptor);
int paddock_end_output(int descriptor);
int paddock_close(int descriptor);
// The processor time that the calling thread has used.
uint64_t paddock_thread_nanoseconds(void);

ssize_t paddock_receive(int descriptor, void *bytes, size_t count);
// Whether there is nothing to receive: no byte, no end and no error.
int paddock_is_silent(int descriptor);
// Whether the other side has ended or reset the connection, and nothing is left to be read.
int paddock_has_ended(int descriptor);
ssize_t paddock_send(int descriptor, const void *bytes, size_t count);
ssize_t paddock_send_pieces(int descriptor, struct iovec *pieces, int count);

// Two descriptors, perhaps the same: who waits for the first, with `paddock_woken_once`, is woken by the second.
int paddock_waker(int descriptors[2]);
int paddock_wake(int descriptor);
// To be called once woken.
void paddock_woken(int descriptor);
// Two connections that lead to each other, for tests.
int paddock_socket_pair(int descriptors[2]);

// What a descriptor is ready for, or what one wants to know of it.
enum {
    paddock_readable = 1,
    paddock_writable = 2,
    // The other side sends no more.
    paddock_peer_ended = 4,
    // To be told of each wake once; for wakers alone.
    paddock_woken_once = 16,
    // Broken, or closed by both sides; reported without being asked for, where the system does.
    paddock_failed = 8
};

struct paddock_event {
    uint64_t tag;
    uint32_t readiness;
};

// Waits for many descriptors at once: epoll(7) on Linux, kqueue(2) on macOS. What is left unread is reported again, and a
// descriptor that is closed is forgotten.
int paddock_poller(void);
int paddock_poller_add(int poller, int descriptor, uint32_t interest, uint64_t tag);
int paddock_poller_change(int poller, int descriptor, uint32_t before, uint32_t interest, uint64_t tag);
// For a descriptor that stays open.
int paddock_poller_remove(int poller, int descriptor, uint32_t before);
// Negative milliseconds wait for ever. An event may come in two parts, one after the other.
int paddock_poller_wait(int poller, struct paddock_event *events, int count, int milliseconds);

// The error numbers that are looked at.
enum {
    paddock_would_block = EAGAIN,
    paddock_in_progress = EINPROGRESS,
    paddock_aborted = ECONNABORTED,
    paddock_protocol_error = EPROTO,
    paddock_no_address = EADDRNOTAVAIL,
    paddock_no_family = EAFNOSUPPORT,
    paddock_no_interface = EINVAL,
    paddock_address_in_use = EADDRINUSE
};

#endif
