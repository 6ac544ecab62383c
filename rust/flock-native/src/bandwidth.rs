//! How fast one core reads, writes and copies memory.

use flock::lanes::{Lanes, Task};

/// Independent sums of a reader: enough to hide the latency of additions.
const SUMS: usize = 8;

/// Adds up a slice with the widest loads of a back end; what does not fill eight of
/// them at the end is left out.
pub struct Read<'a, V> {
    /// What to read.
    pub data: &'a [f32],
    /// Where the sums begin.
    pub zero: V,
}

impl<V: Lanes> Task for Read<'_, V> {
    type Output = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        let mut sums = [self.zero; SUMS];
        for block in self.data.chunks_exact(SUMS * V::WIDTH) {
            let mut i = 0;
            while i < SUMS {
                sums[i] = sums[i].add(V::load(&block[i * V::WIDTH..]));
                i += 1;
            }
        }
        let mut all = [0.0; SUMS * flock::columns::WIDEST];
        for (i, sum) in sums.into_iter().enumerate() {
            sum.store(&mut all[i * V::WIDTH..]);
        }
        all.iter().sum()
    }
}

/// Writes a slice with the widest stores of a back end, which go through the caches
/// like those of a step; what does not fill one at the end is left as it is.
pub struct Write<'a, V> {
    /// What to write to.
    pub data: &'a mut [f32],
    /// What to write.
    pub value: V,
}

impl<V: Lanes> Task for Write<'_, V> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        for block in self.data.chunks_exact_mut(V::WIDTH) {
            self.value.store(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flock::Native;

    #[test]
    fn every_float_is_read_and_written() {
        let mut data = vec![0.0; 4096];
        Native::apart(Write { data: &mut data, value: Native::splat(3.0) });
        assert!(data.iter().all(|&v| v == 3.0));
        data[4095] = 5.0;
        let sum = Native::apart(Read { data: &data, zero: Native::splat(0.0) });
        assert_eq!(sum, 3.0 * 4095.0 + 5.0);
    }
}
