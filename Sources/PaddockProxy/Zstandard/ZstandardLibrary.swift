// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Musl)
internal import Musl
#else
internal import Glibc
#endif

/// The system's Zstandard library, loaded at run time where there is one: no build of Paddock needs it.
struct ZstandardLibrary: Sendable {
    /// A piece of memory as the library takes it: `ZSTD_inBuffer` and `ZSTD_outBuffer` are laid out alike.
    struct Buffer {
        var start: UnsafeMutableRawPointer?
        var size: Int
        var position: Int
    }

    typealias Create = @convention(c) () -> OpaquePointer?
    typealias Free = @convention(c) (OpaquePointer?) -> Int
    typealias Decompress = @convention(c) (OpaquePointer?, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int
    typealias IsError = @convention(c) (Int) -> UInt32

    let create: Create
    let free: Free
    let decompress: Decompress
    let isError: IsError

    /// The library, or nil where the system has none.
    static let shared: ZstandardLibrary? = Self.load()

    private static func load() -> ZstandardLibrary? {
        for name in ["libzstd.so.1", "libzstd.1.dylib"] {
            // Local: a name of the library must not take the place of one of ours.
            guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
            guard let create = dlsym(handle, "ZSTD_createDStream"), let free = dlsym(handle, "ZSTD_freeDStream"),
                let decompress = dlsym(handle, "ZSTD_decompressStream"), let isError = dlsym(handle, "ZSTD_isError")
            else { continue }
            return ZstandardLibrary(
                create: unsafeBitCast(create, to: Create.self),
                free: unsafeBitCast(free, to: Free.self),
                decompress: unsafeBitCast(decompress, to: Decompress.self),
                isError: unsafeBitCast(isError, to: IsError.self)
            )
        }
        return nil
    }
}
