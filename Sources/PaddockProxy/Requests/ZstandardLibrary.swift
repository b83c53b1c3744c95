// This source file is part of Paddock
// Copyright (c) 2026 The Paddock authors
// SPDX-License-Identifier: Apache-2.0

internal import PaddockSystem

/// The system's Zstandard library, loaded at run time if there is one: no build of Paddock needs it.
package struct ZstandardLibrary: Sendable {
    /// The library, loaded at the first use and kept; nil if the system has none.
    package static let shared: ZstandardLibrary? = Self.load()

    /// A piece of memory as the library takes it: `ZSTD_inBuffer` and `ZSTD_outBuffer` are laid out alike.
    struct Buffer {
        var start: UnsafeMutableRawPointer?
        var size: Int
        var position: Int
    }

    typealias Create = @convention(c) () -> OpaquePointer?
    typealias Free = @convention(c) (OpaquePointer?) -> Int
    typealias SetParameter = @convention(c) (OpaquePointer?, CInt, CInt) -> Int
    typealias Decompress = @convention(c) (OpaquePointer?, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int
    typealias HeldBytes = @convention(c) (OpaquePointer?) -> Int
    typealias IsError = @convention(c) (Int) -> CUnsignedInt
    typealias ErrorCode = @convention(c) (Int) -> CInt

    /// `ZSTD_createDCtx`: a context, or nil if there is no memory for it.
    let create: Create
    /// `ZSTD_freeDCtx`.
    let free: Free
    /// `ZSTD_DCtx_setParameter`.
    let setParameter: SetParameter
    /// `ZSTD_decompressStream`: decompresses from the second buffer into the first; 0 at the end of a frame.
    let decompress: Decompress
    /// `ZSTD_sizeof_DCtx`: the memory that a context takes.
    let heldBytes: HeldBytes
    /// `ZSTD_isError`: whether what a function returned is an error.
    let isError: IsError
    /// `ZSTD_getErrorCode`: which error it is.
    let errorCode: ErrorCode

    private static func load() -> ZstandardLibrary? {
        // After the plain names: where Homebrew puts it.
        let names = [
            "libzstd.so.1", "libzstd.1.dylib", "/opt/homebrew/lib/libzstd.1.dylib", "/usr/local/lib/libzstd.1.dylib",
        ]
        for name in names {
            // Local: a name of the library must not replace one of ours.
            guard let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) else { continue }
            guard let create = dlsym(handle, "ZSTD_createDCtx"), let free = dlsym(handle, "ZSTD_freeDCtx"),
                let setParameter = dlsym(handle, "ZSTD_DCtx_setParameter"),
                let decompress = dlsym(handle, "ZSTD_decompressStream"), let isError = dlsym(handle, "ZSTD_isError"),
                let heldBytes = dlsym(handle, "ZSTD_sizeof_DCtx"), let errorCode = dlsym(handle, "ZSTD_getErrorCode")
            else {
                // Before 1.4 there was no way to bound the window.
                dlclose(handle)
                continue
            }
            return ZstandardLibrary(
                create: unsafeBitCast(create, to: Create.self),
                free: unsafeBitCast(free, to: Free.self),
                setParameter: unsafeBitCast(setParameter, to: SetParameter.self),
                decompress: unsafeBitCast(decompress, to: Decompress.self),
                heldBytes: unsafeBitCast(heldBytes, to: HeldBytes.self),
                isError: unsafeBitCast(isError, to: IsError.self),
                errorCode: unsafeBitCast(errorCode, to: ErrorCode.self)
            )
        }
        return nil
    }
}
