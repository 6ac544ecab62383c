//! A boid as a row, for whoever needs all of it at once.

/// x y z 0, vx vy vz 0. Half a cache line, so that whoever meets a
/// neighbour touches one line of it.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(32))]
pub struct Row(pub [f32; 8]);

impl Row {
    /// A boid of zeros.
    pub const ZERO: Self = Self([0.0; 8]);
    /// Where the velocity starts.
    pub const VELOCITY: usize = 4;

    /// The position.
    #[inline(always)]
    #[must_use]
    pub fn place(&self) -> &[f32; 4] {
        self.0.first_chunk().unwrap_or(&[0.0; 4])
    }

    /// The velocity.
    #[inline(always)]
    #[must_use]
    pub fn motion(&self) -> &[f32; 4] {
        self.0.last_chunk().unwrap_or(&[0.0; 4])
    }
}

/// What the neighbours j of a boid i add up to, those with d² < r² where
/// d = pᵢ − pⱼ. The boid itself may be among them: all its terms are zero.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct Total {
    /// Σ (pᵢ − pⱼ), and how many they are, the boid itself excluded.
    pub apart: [f32; 4],
    /// Σ (vᵢ − vⱼ) and nothing.
    pub drift: [f32; 4],
    /// Σ (d² − r²) d and nothing.
    pub push: [f32; 4],
}

impl Total {
    /// Of nobody.
    pub const NONE: Self = Self { apart: [0.0; 4], drift: [0.0; 4], push: [0.0; 4] };
}
