//! Back ends of [`crate::lanes::Lanes`], one a file.

pub mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod simd128;
#[cfg(target_arch = "x86_64")]
pub mod sse2;

/// The fastest back end that every machine of this target has.
#[cfg(target_arch = "x86_64")]
pub type Native = sse2::Sse2;
/// The fastest back end that every machine of this target has.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub type Native = simd128::Simd128;
/// The fastest back end that every machine of this target has.
#[cfg(not(any(target_arch = "x86_64", all(target_arch = "wasm32", target_feature = "simd128"))))]
pub type Native = scalar::Scalar;
