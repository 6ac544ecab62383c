//! The flock as a WebAssembly module. It imports its memory, shared, as
//! `env.memory`; every call takes the address of a descriptor in it and touches
//! nothing but the descriptor, the ranges that it declares, and the module's own
//! stack at the bottom. On other targets the crate is empty.
#![cfg_attr(target_arch = "wasm32", no_std)]

#[cfg(target_arch = "wasm32")]
mod abi;
#[cfg(target_arch = "wasm32")]
mod block;
#[cfg(target_arch = "wasm32")]
mod descriptor;
#[cfg(target_arch = "wasm32")]
mod threads;

/// The physics has no reason to panic: what a host can get wrong is a status.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn trap(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
