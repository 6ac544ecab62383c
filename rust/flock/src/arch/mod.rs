//! Back ends of [`crate::lanes::Lanes`], one a file.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "aarch64")]
pub mod neon;
mod pack;
pub mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod simd128;
#[cfg(target_arch = "x86_64")]
pub mod sse2;

/// The fastest back end that every machine of this target has.
#[cfg(target_arch = "x86_64")]
pub type Native = sse2::Sse2;
/// The fastest back end that every machine of this target has.
#[cfg(target_arch = "aarch64")]
pub type Native = neon::Neon;
/// The fastest back end that every machine of this target has.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub type Native = simd128::Simd128;
/// The fastest back end that every machine of this target has.
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "aarch64",
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
pub type Native = scalar::Scalar;

/// Asks for the cache line of `data[at]`, which need not exist. A hint: targets
/// that know none ignore it.
#[inline(always)]
pub fn prefetch<T>(data: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch faults nowhere, and SSE is part of x86_64.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(data.as_ptr().wrapping_add(at).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (data, at);
}
