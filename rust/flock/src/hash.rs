//! FNV-1a over 32-bit words, and the mixing function behind every seed.

/// Where an FNV-1a hash of 64 bits begins.
pub const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// Adds the bits of `values` to `hash`, one word of 32 bits at a time.
#[must_use]
pub fn fnv(hash: u64, values: &[f32]) -> u64 {
    values.iter().fold(hash, |h, v| (h ^ u64::from(v.to_bits())).wrapping_mul(FNV_PRIME))
}

/// Hashes `columns` columns of `n` floats without the padding between them.
#[must_use]
pub fn fnv_columns(hash: u64, data: &[f32], n: usize, columns: usize) -> u64 {
    (0..columns).fold(hash, |h, c| fnv(h, &crate::columns::column(data, n, c)[..n]))
}

/// The output function of SplitMix64 (Steele, Lea, Flood 2014): a bijection of
/// 64 bits that passes for random when it is fed with a counter.
#[must_use]
pub const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
