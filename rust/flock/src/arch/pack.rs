//! Tables that turn the bits of a mask into the numbers of its set lanes.

use crate::candidates::CHUNK;
use crate::lanes::Numbers;

/// The set lanes of each mask of eight, one byte a lane.
pub const EIGHT: [[u8; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut bits = 0;
    while bits < 256 {
        let (mut lane, mut at) = (0, 0);
        while lane < 8 {
            if bits >> lane & 1 == 1 {
                table[bits][at] = lane as u8;
                at += 1;
            }
            lane += 1;
        }
        bits += 1;
    }
    table
};

/// The set lanes of each mask of four, sixteen bits a lane, the first lowest.
const FOUR: [u64; 16] = {
    let mut table = [0; 16];
    let mut bits = 0;
    while bits < 16 {
        let lanes = EIGHT[bits];
        table[bits] = lanes[0] as u64
            | (lanes[1] as u64) << 16
            | (lanes[2] as u64) << 32
            | (lanes[3] as u64) << 48;
        bits += 1;
    }
    table
};

/// The number of set bits of each mask of four, four bits a mask: baseline
/// `x86_64` has no instruction for it.
const COUNTS: u64 = 0x4332_3221_3221_2110;

/// Of four lanes: the number of the first, in each 16 bits, to be added to the set
/// lanes of a mask.
impl Numbers for u64 {
    #[inline(always)]
    fn first() -> u64 {
        0
    }
    #[inline(always)]
    fn next(self) -> u64 {
        self + 0x0004_0004_0004_0004
    }
}

/// Writes the number of each set bit among the lower four to the front of `to`, and
/// returns how many there are. `base` is the number of bit 0, in each 16 bits.
#[inline(always)]
pub fn four(bits: u32, base: u64, to: &mut [u16; CHUNK]) -> usize {
    let bits = bits & 0xf;
    let numbers = FOUR[bits as usize] + base;
    // SAFETY: there is room for four, and a store asks for no alignment.
    unsafe { to.as_mut_ptr().cast::<u64>().write_unaligned(numbers.to_le()) };
    if cfg!(target_arch = "x86_64") {
        (COUNTS >> (4 * bits) & 7) as usize
    } else {
        bits.count_ones() as usize
    }
}
