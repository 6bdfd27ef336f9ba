//! Plans: which items a merge takes from where, decided before any is moved.

use std::cmp::Ordering;
use std::hint::select_unpredictable;
use std::ops::Range;

/// The bit of a planned position that says that the item comes from the second source.
pub const SECOND: u32 = 1 << 31;

/// A stretch from one source this long ends a plan, so that its caller can copy a whole run instead.
pub const RUN: usize = 32;

/// What a merge takes, in order.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Positions relative to where the plan began in each source; [`SECOND`] says which.
    pub positions: Vec<u32>,
    /// Where both sources have the item: the index in `positions`, and the position in the second source.
    pub ties: Vec<(u32, u32)>,
}

impl Plan {
    /// Empties the plan, keeping its buffers.
    pub fn clear(&mut self) {
        self.positions.clear();
        self.ties.clear();
    }
}

/// Plans the merge of two sorted ranges by comparing positions.
///
/// Appends at most `max` positions, relative to `bases`, and stops earlier where a range ends or where [`RUN`] steps in
/// a row took from one side. An item that both have is planned once, from the first, and noted as a tie. Returns the
/// positions reached.
///
/// The loop has no branch that depends on a comparison: keys that interleave at random would mispredict every other one.
#[inline(always)]
pub fn interleave_by(
    compare: impl Fn(usize, usize) -> Ordering,
    first: Range<usize>,
    second: Range<usize>,
    bases: (usize, usize),
    max: usize,
    plan: &mut Plan,
) -> (usize, usize) {
    let (mut i, mut j) = (first.start, second.start);
    let start = plan.positions.len();
    let ties_start = plan.ties.len();
    // Room is made at once and cut to what was used, so that the loop only writes. A tie is written for each position
    // and kept only if it is one.
    let max = max.min((first.end - i) + (second.end - j));
    plan.positions.resize(start + max, 0);
    plan.ties.resize(ties_start + max + 1, (0, 0));
    let positions = &mut plan.positions[start..];
    let ties = &mut plan.ties[ties_start..];
    let (mut out, mut tied) = (0, 0);
    loop {
        let steps = (first.end - i).min(second.end - j).min(max - out).min(RUN);
        if steps == 0 {
            break;
        }
        let (i0, j0) = (i, j);
        for position in &mut positions[out..out + steps] {
            let order = compare(i, j);
            let (from_first, from_second) = ((i - bases.0) as u32, (j - bases.1) as u32);
            *position = select_unpredictable(order == Ordering::Greater, from_second | SECOND, from_first);
            ties[tied] = (out as u32 + start as u32, from_second);
            tied += (order == Ordering::Equal) as usize;
            out += 1;
            i += (order != Ordering::Greater) as usize;
            j += (order != Ordering::Less) as usize;
        }
        if steps == RUN && (i == i0 || j == j0) {
            break;
        }
    }
    plan.positions.truncate(start + out);
    plan.ties.truncate(ties_start + tied);
    (i, j)
}

/// Removes from `items`, from `base` on, those at the indexes `dead`, which ascend and count from `base`.
pub fn compact<X: Copy>(items: &mut Vec<X>, base: usize, dead: &[u32]) {
    let Some(&first) = dead.first() else { return };
    let mut write = base + first as usize;
    for (k, &gone) in dead.iter().enumerate() {
        let next = dead.get(k + 1).map_or(items.len(), |&next| base + next as usize);
        let from = base + gone as usize + 1;
        items.copy_within(from..next, write);
        write += next - from;
    }
    items.truncate(write);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_takes_each_item_once_and_notes_ties() {
        let (a, b) = ([1, 3, 5, 7], [2, 3, 4, 9]);
        let mut plan = Plan::default();
        let reached = interleave_by(|i, j| a[i].cmp(&b[j]), 0..4, 0..4, (0, 0), 100, &mut plan);
        assert_eq!(reached, (4, 3));
        let second = |p: u32| p | SECOND;
        assert_eq!(plan.positions, [0, second(0), 1, second(2), 2, 3]);
        assert_eq!(plan.ties, [(2, 1)]);
    }

    #[test]
    fn the_dead_are_removed() {
        let mut items: Vec<u32> = (0..10).collect();
        compact(&mut items, 2, &[0, 3, 4, 7]);
        assert_eq!(items, [0, 1, 3, 4, 7, 8]);
        compact(&mut items, 0, &[]);
        assert_eq!(items.len(), 6);
    }
}
