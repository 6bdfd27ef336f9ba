//! What to merge next, as a function of the levels and nothing else.

use arrangement_trace::LevelSummary;
use std::fmt::Debug;

/// How many times over an insertion pays for the reads that its updates will cause. More than once makes for fewer batches
/// to read, a tenth fewer at 1.5, and for insertions that take as many times longer at worst.
pub const FUEL_FACTOR: f64 = 1.0;

/// Chooses what a spine merges, and how much work an insertion does. The spine carries it out.
///
/// Implementors may rely on nothing but what they are shown. Two neighbouring batches are those with no third between
/// them; empty time does not separate them.
pub trait MergePolicy: Debug + Send + Sync {
    /// The batch to merge with its newer neighbour, as an index of `levels`, oldest first; `None` if none is due. Both must
    /// be levels of one batch.
    fn choose(&self, levels: &[LevelSummary]) -> Option<usize>;

    /// The updates that an insertion of so many may read.
    fn fuel(&self, inserted: usize, total: usize) -> usize;
}

/// The policy of the [crate page](crate): batches merge by class, and each insertion pays for the reads it causes.
#[derive(Copy, Clone, Debug)]
pub struct Geometric {
    factor: f64,
}

impl Default for Geometric {
    fn default() -> Self {
        Geometric { factor: FUEL_FACTOR }
    }
}

impl Geometric {
    /// A policy whose insertions pay for `factor` times the reads they cause. Less than 1 lets merges fall behind.
    ///
    /// # Panics
    /// If the factor is not positive.
    pub fn with_factor(factor: f64) -> Self {
        assert!(factor > 0.0, "a fuel factor must be positive: {factor}");
        Geometric { factor }
    }
}

/// The class of a batch: batches of one class are within a factor of two.
fn class(updates: usize) -> u32 {
    updates.max(1).ilog2()
}

impl MergePolicy for Geometric {
    /// Of the idle neighbours of which the older is of no higher class than the newer, or than one further on that no
    /// merge separates, the pair of the least class. The second condition rolls small batches up before a large one that
    /// follows them is read once for each.
    fn choose(&self, levels: &[LevelSummary]) -> Option<usize> {
        let mut best: Option<(u32, usize)> = None;
        // The idle batch before the current one on the way to the oldest, and the highest class beyond it.
        let mut newer: Option<u32> = None;
        let mut beyond = 0;
        for (index, level) in levels.iter().enumerate().rev() {
            match level.batches {
                0 => {}
                1 => {
                    let own = class(level.updates);
                    if let Some(newer) = newer {
                        let highest = own.max(newer);
                        if own <= newer.max(beyond) && best.is_none_or(|(least, _)| highest <= least) {
                            best = Some((highest, index));
                        }
                        beyond = beyond.max(newer);
                    }
                    newer = Some(own);
                }
                _ => (newer, beyond) = (None, 0),
            }
        }
        best.map(|(_, index)| index)
    }

    fn fuel(&self, inserted: usize, total: usize) -> usize {
        // The classes that these updates can still rise through, and a read or two on the way in.
        let classes = class(total).saturating_sub(class(inserted)) + 2;
        (inserted as f64 * classes as f64 * self.factor) as usize
    }
}

/// The pair of idle neighbours that is cheapest to merge, due or not.
pub(crate) fn cheapest(levels: &[LevelSummary]) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    let mut newer: Option<usize> = None;
    for (index, level) in levels.iter().enumerate().rev() {
        match level.batches {
            0 => {}
            1 => {
                if let Some(newer) = newer
                    && best.is_none_or(|(least, _)| newer + level.updates < least)
                {
                    best = Some((newer + level.updates, index));
                }
                newer = Some(level.updates);
            }
            _ => newer = None,
        }
    }
    best.map(|(_, index)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(sizes: &[isize]) -> Vec<LevelSummary> {
        let level = |&size: &isize| match size {
            0 => LevelSummary { batches: 0, updates: 0 },
            size if size < 0 => LevelSummary { batches: 2, updates: size.unsigned_abs() },
            size => LevelSummary { batches: 1, updates: size as usize },
        };
        sizes.iter().map(level).collect()
    }

    #[test]
    fn neighbours_of_rising_class_merge_the_least_first() {
        for (sizes, due, cheap) in [
            (&[][..], None, None),
            (&[8], None, None),
            (&[8, 4], None, Some(0)),
            (&[4, 4], Some(0), Some(0)),
            (&[4, 0, 4], Some(0), Some(0)),
            (&[8, 4, 1, 1], Some(2), Some(2)),
            (&[8, -8, 1], None, None),
            (&[64, 4, 2, 32], Some(1), Some(1)),
            (&[64, 16, 1, 0, -2, 16, 16], Some(5), Some(1)),
        ] {
            let levels = levels(sizes);
            assert_eq!(Geometric::default().choose(&levels), due, "{sizes:?}");
            assert_eq!(cheapest(&levels), cheap, "{sizes:?}");
        }
    }
}
