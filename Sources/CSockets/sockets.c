// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "sockets.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

#ifdef MSG_NOSIGNAL
#define SEND_FLAGS MSG_NOSIGNAL
#else
#define SEND_FLAGS 0
#endif

// The result of a call, made again while a signal interrupts it.
#define RESULT(call)                                                                                                         \
    ({                                                                                                                       \
        __typeof__(call) result;                                                                                             \
        do result = (call);                                                                                                  \
        while (result < 0 && errno == EINTR);                                                                                \
        result < 0 ? -errno : result;                                                                                        \
    })

static int set(int descriptor, int level, int name, int value) {
    return RESULT(setsockopt(descriptor, level, name, &value, sizeof value));
}

#if !defined(__linux__) || defined(PADDOCK_KQUEUE)
// What Linux does with the flags of the call that makes the descriptor.
static int prepared(int descriptor) {
    if (descriptor < 0) return descriptor;
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
#ifdef SO_NOSIGPIPE
    set(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1);
#endif
    return descriptor;
}

// The same for two, where the call that made them has not failed.
static int prepared_pair(int result, const int descriptors[2]) {
    if (result < 0) return result;
    int first = prepared(descriptors[0]), second = prepared(descriptors[1]);
    return first < 0 ? first : second < 0 ? second : 0;
}
#endif

int paddock_socket(const struct sockaddr *address) {
#ifdef __linux__
    return RESULT(socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
#else
    return prepared(RESULT(socket(address->sa_family, SOCK_STREAM, 0)));
#endif
}

int paddock_bind(int descriptor, const struct sockaddr *address, socklen_t length) {
    int result = set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
    return result < 0 ? result : RESULT(bind(descriptor, address, length));
}

int paddock_listen(int descriptor, int backlog) { return RESULT(listen(descriptor, backlog)); }

int paddock_accept(int descriptor, struct sockaddr_storage *peer, socklen_t *length) {
    *length = sizeof *peer;
#ifdef __linux__
    return RESULT(accept4(descriptor, (struct sockaddr *)peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC));
#else
    return prepared(RESULT(accept(descriptor, (struct sockaddr *)peer, length)));
#endif
}

int paddock_connect(int descriptor, const struct sockaddr *address, socklen_t length) {
    // Not made again: an interrupted connect goes on.
    if (connect(descriptor, address, length) == 0) return 0;
    return errno == EINTR ? -EINPROGRESS : -errno;
}

int paddock_connect_result(int descriptor) {
    int error = 0;
    socklen_t length = sizeof error;
    int result = RESULT(getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length));
    return result < 0 ? result : -error;
}

int paddock_local_address(int descriptor, struct sockaddr_storage *address, socklen_t *length) {
    *length = sizeof *address;
    return RESULT(getsockname(descriptor, (struct sockaddr *)address, length));
}

int paddock_send_at_once(int descriptor) { return set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1); }

int paddock_reset_at_close(int descriptor) {
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    return RESULT(setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
}

int paddock_end_output(int descriptor) { return RESULT(shutdown(descriptor, SHUT_WR)); }

// Never made again: the descriptor is free already, and may be somebody else's.
int paddock_close(int descriptor) { return close(descriptor) < 0 ? -errno : 0; }

uint64_t paddock_thread_nanoseconds(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

ssize_t paddock_receive(int descriptor, void *bytes, size_t count) { return RESULT(recv(descriptor, bytes, count, 0)); }

int paddock_is_silent(int descriptor) {
    char byte;
    return RESULT(recv(descriptor, &byte, 1, MSG_PEEK)) == -EAGAIN;
}

int paddock_has_ended(int descriptor) {
    char byte;
    ssize_t result = RESULT(recv(descriptor, &byte, 1, MSG_PEEK));
    return result <= 0 && result != -EAGAIN;
}

ssize_t paddock_send(int descriptor, const void *bytes, size_t count) {
    return RESULT(send(descriptor, bytes, count, SEND_FLAGS));
}

ssize_t paddock_send_pieces(int descriptor, struct iovec *pieces, int count) {
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};
    return RESULT(sendmsg(descriptor, &message, SEND_FLAGS));
}

// A counter of the kernel is told of once for each time it is counted up (EPOLLET), so it need not be read; a pipe must be.
#if defined(__linux__) && !defined(PADDOCK_KQUEUE)
int paddock_waker(int descriptors[2]) {
    descriptors[0] = descriptors[1] = RESULT(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    return descriptors[0];
}

int paddock_wake(int descriptor) {
    uint64_t one = 1;
    return RESULT(write(descriptor, &one, sizeof one));
}

void paddock_woken(int descriptor) { (void)descriptor; }
#else
int paddock_waker(int descriptors[2]) {
    return prepared_pair(RESULT(pipe(descriptors)), descriptors);
}

// A full pipe wakes as well.
int paddock_wake(int descriptor) { return RESULT(write(descriptor, "", 1)); }

void paddock_woken(int descriptor) {
    char bytes[64];
    (void)RESULT(read(descriptor, bytes, sizeof bytes));
}
#endif

int paddock_socket_pair(int descriptors[2]) {
#ifdef __linux__
    return RESULT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, descriptors));
#else
    return prepared_pair(RESULT(socketpair(AF_UNIX, SOCK_STREAM, 0, descriptors)), descriptors);
#endif
}

enum { most_events = 256 };

#if defined(__linux__) && !defined(PADDOCK_KQUEUE)
#include <sys/epoll.h>

static int control(int epoll, int operation, int descriptor, uint32_t interest, uint64_t tag) {
    uint32_t events = (interest & paddock_readable ? EPOLLIN : 0) | (interest & paddock_writable ? EPOLLOUT : 0)
        | (interest & paddock_peer_ended ? EPOLLRDHUP : 0) | (interest & paddock_woken_once ? EPOLLET : 0);
    struct epoll_event event = {.events = events, .data.u64 = tag};
    return RESULT(epoll_ctl(epoll, operation, descriptor, &event));
}

int paddock_poller(void) { return RESULT(epoll_create1(EPOLL_CLOEXEC)); }

int paddock_poller_add(int poller, int descriptor, uint32_t interest, uint64_t tag) {
    return control(poller, EPOLL_CTL_ADD, descriptor, interest, tag);
}

int paddock_poller_change(int poller, int descriptor, uint32_t before, uint32_t interest, uint64_t tag) {
    (void)before;
    return control(poller, EPOLL_CTL_MOD, descriptor, interest, tag);
}

int paddock_poller_remove(int poller, int descriptor, uint32_t before) {
    (void)before;
    return control(poller, EPOLL_CTL_DEL, descriptor, 0, 0);
}

int paddock_poller_wait(int poller, struct paddock_event *events, int count, int milliseconds) {
    struct epoll_event happened[most_events];
    int number = epoll_wait(poller, happened, count < most_events ? count : most_events, milliseconds);
    // Not made again: the time would begin anew.
    if (number < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < number; index++) {
        uint32_t bits = happened[index].events;
        events[index].tag = happened[index].data.u64;
        events[index].readiness = (bits & EPOLLIN ? paddock_readable : 0) | (bits & EPOLLOUT ? paddock_writable : 0)
            | (bits & EPOLLRDHUP ? paddock_peer_ended : 0) | (bits & (EPOLLERR | EPOLLHUP) ? paddock_failed : 0);
    }
    return number;
}

#else
#include <limits.h>
#include <sys/event.h>

int paddock_poller(void) {
    int poller = RESULT(kqueue());
#ifndef __linux__
    if (poller >= 0) fcntl(poller, F_SETFD, FD_CLOEXEC);
#endif
    return poller;
}

int paddock_poller_add(int poller, int descriptor, uint32_t interest, uint64_t tag) {
    return paddock_poller_change(poller, descriptor, 0, interest, tag);
}

int paddock_poller_change(int poller, int descriptor, uint32_t before, uint32_t interest, uint64_t tag) {
    struct kevent changes[2];
    int count = 0;
    uint32_t changed = before ^ interest;
    void *data = (void *)(uintptr_t)tag;
    if (changed & (paddock_readable | paddock_peer_ended)) {
        // More than ever waits makes that only the end is reported.
        int only_end = !(interest & paddock_readable);
        int wanted = interest & (paddock_readable | paddock_peer_ended);
        EV_SET(&changes[count++], descriptor, EVFILT_READ, wanted ? EV_ADD : EV_DELETE, wanted && only_end ? NOTE_LOWAT : 0,
            wanted && only_end ? INT_MAX : 0, data);
    }
    if (changed & paddock_writable) {
        int wanted = interest & paddock_writable;
        EV_SET(&changes[count++], descriptor, EVFILT_WRITE, wanted ? EV_ADD : EV_DELETE, 0, 0, data);
    }
    return count ? RESULT(kevent(poller, changes, count, NULL, 0, NULL)) : 0;
}

int paddock_poller_remove(int poller, int descriptor, uint32_t before) {
    return paddock_poller_change(poller, descriptor, before, 0, 0);
}

int paddock_poller_wait(int poller, struct paddock_event *events, int count, int milliseconds) {
    struct kevent happened[most_events];
    struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
    int most = count < most_events ? count : most_events;
    int number = kevent(poller, NULL, 0, happened, most, milliseconds < 0 ? NULL : &time);
    if (number < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < number; index++) {
        uint32_t readiness = happened[index].filter == EVFILT_WRITE ? paddock_writable : paddock_readable;
        if (happened[index].flags & EV_EOF) {
            if (readiness == paddock_readable) readiness |= paddock_peer_ended;
            // The error of the socket.
            if (happened[index].fflags) readiness |= paddock_failed;
        }
        events[index].tag = (uint64_t)(uintptr_t)happened[index].udata;
        events[index].readiness = readiness;
    }
    return number;
}
#endif
