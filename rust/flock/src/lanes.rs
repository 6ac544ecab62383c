//! Four virtual lanes of `f32`, the only arithmetic that the physics knows.

/// Four `f32`, one a lane. Every operation acts on each lane by itself and
/// rounds as IEEE 754 asks, so that all implementations agree bit for bit.
pub trait Lanes: Copy {
    /// One truth value a lane.
    type Mask: Copy;
    /// One count a lane.
    type Tally: Copy;

    /// The same value in every lane.
    fn splat(v: f32) -> Self;
    /// The lanes of `from`.
    fn load(from: &[f32; 4]) -> Self;
    /// Writes the lanes to `to`.
    fn store(self, to: &mut [f32; 4]);

    /// `self + b`
    fn add(self, b: Self) -> Self;
    /// `self - b`
    fn sub(self, b: Self) -> Self;
    /// `self * b`
    fn mul(self, b: Self) -> Self;
    /// `self / b`
    fn div(self, b: Self) -> Self;
    /// The correctly rounded square root.
    fn sqrt(self) -> Self;
    /// The sign bit cleared.
    fn abs(self) -> Self;
    /// Rounds towards zero. Lanes must lie in `0.0..2^31`.
    fn truncate(self) -> [u32; 4];

    /// `self < b`; false where either is NaN.
    fn lt(self, b: Self) -> Self::Mask;
    /// `self <= b`; false where either is NaN.
    fn le(self, b: Self) -> Self::Mask;
    /// Both masks.
    fn both(a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// Whether a lane is set.
    fn any(m: Self::Mask) -> bool;
    /// Whether all lanes are set.
    fn all(m: Self::Mask) -> bool;
    /// `self` where the mask is set, `+0.0` elsewhere.
    fn keep(self, m: Self::Mask) -> Self;
    /// `a` where the mask is set, `b` elsewhere.
    fn select(m: Self::Mask, a: Self, b: Self) -> Self;

    /// Zero in every lane.
    fn no_tally() -> Self::Tally;
    /// One more where the mask is set. Counts must stay below 2^24.
    fn tally(t: Self::Tally, m: Self::Mask) -> Self::Tally;
    /// The counts as floats, exactly.
    fn counted(t: Self::Tally) -> Self;

    /// Sums each row; lane `i` of the result belongs to row `i`. The tree is
    /// `(l0 + l2) + (l1 + l3)` everywhere.
    fn sum_rows(rows: [Self; 4]) -> Self;

    /// `self` held to `lo..=hi` by two compares. Not for NaN.
    #[inline(always)]
    fn clamp(self, lo: Self, hi: Self) -> Self {
        let v = Self::select(self.lt(lo), lo, self);
        Self::select(hi.lt(v), hi, v)
    }

    /// The squared length of a vector, summed from `x` on.
    #[inline(always)]
    fn square(v: [Self; 3]) -> Self {
        v[0].mul(v[0]).add(v[1].mul(v[1])).add(v[2].mul(v[2]))
    }

    /// The scalar product of two vectors, summed from `x` on.
    #[inline(always)]
    fn dot(a: [Self; 3], b: [Self; 3]) -> Self {
        a[0].mul(b[0]).add(a[1].mul(b[1])).add(a[2].mul(b[2]))
    }
}
