//! Plans: which items a merge takes from where, decided before any is moved.

use crate::container::BatchContainer;
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
    let items = first.len() + second.len();
    if items <= RUN && items <= max {
        // Short ranges, as the vals of one key are, are done in one loop, which is left once.
        plan.positions.reserve(items);
        while i < first.end && j < second.end {
            let order = compare(i, j);
            let (from_first, from_second) = ((i - bases.0) as u32, (j - bases.1) as u32);
            if order == Ordering::Equal {
                plan.ties.push((plan.positions.len() as u32, from_second));
            }
            let from_second = from_second | SECOND;
            plan.positions.push(select_unpredictable(order == Ordering::Greater, from_second, from_first));
            i += (order != Ordering::Greater) as usize;
            j += (order != Ordering::Less) as usize;
        }
        return (i, j);
    }
    let ties_start = plan.ties.len();
    // Room is made at once and cut to what was used, so that the loop only writes. A tie is written for each position
    // and kept only if it is one.
    let max = max.min(items);
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

/// Items whose words are made at once: few enough that they share a long prefix.
const WINDOW: usize = 64;

/// Plans the merge of two sorted ranges as [`interleave_by`] does, for items ordered byte by byte.
///
/// Takes items in windows. All of a window's items begin with what its least and its greatest have in common, so the
/// eight bytes that follow decide nearly every comparison: each item is looked at once, not once for each comparison, and
/// the loop compares integers. Items without a [`common_prefix`](BatchContainer::common_prefix) are compared as they are.
pub(crate) fn interleave_by_words<C: BatchContainer>(
    first: &C,
    first_range: Range<usize>,
    second: &C,
    second_range: Range<usize>,
    bases: (usize, usize),
    max: usize,
    plan: &mut Plan,
) -> (usize, usize) {
    let compare = |i: usize, j: usize| C::reborrow(first.index(i)).cmp(&C::reborrow(second.index(j)));
    let (mut i, mut j) = (first_range.start, second_range.start);
    let end = plan.positions.len().saturating_add(max);
    loop {
        let ends = ((i + WINDOW).min(first_range.end), (j + WINDOW).min(second_range.end));
        let left = end - plan.positions.len();
        if left == 0 || i == ends.0 || j == ends.1 {
            return (i, j);
        }
        let least = C::reborrow(first.index(i)).min(C::reborrow(second.index(j)));
        let most = C::reborrow(first.index(ends.0 - 1)).max(C::reborrow(second.index(ends.1 - 1)));
        let few = left.min(ends.0 - i).min(ends.1 - j) < FEW;
        let depth = if few { None } else { C::common_prefix(least, most) };
        let Some(depth) = depth else {
            return interleave_by(compare, i..first_range.end, j..second_range.end, bases, left, plan);
        };
        let (i0, j0, before) = (i, j, plan.positions.len());
        let mut words = [[0; WINDOW]; 2];
        for (word, index) in words[0].iter_mut().zip(i..ends.0) {
            *word = C::word(first.index(index), depth);
        }
        for (word, index) in words[1].iter_mut().zip(j..ends.1) {
            *word = C::word(second.index(index), depth);
        }
        let compare = |i: usize, j: usize| match words[0][i - i0].cmp(&words[1][j - j0]) {
            Ordering::Equal => compare(i, j),
            order => order,
        };
        (i, j) = interleave_by(compare, i..ends.0, j..ends.1, bases, left, plan);
        if plan.positions.len() - before >= RUN && (i == i0 || j == j0) {
            return (i, j);
        }
    }
}

/// Windows of fewer items than this are not worth their words.
const FEW: usize = 8;

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
    use crate::SliceContainer;
    use proptest::prelude::*;

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

    /// Plans by words, window by window, and checks each plan against a merge by comparisons.
    fn check_words<C: BatchContainer<Owned = String>>(sides: [&[String]; 2], max: usize) {
        let columns = sides.map(|side| {
            let mut column = C::default();
            side.iter().for_each(|item| column.push_owned(item.clone()));
            column
        });
        let (mut i, mut j) = (0, 0);
        while i < sides[0].len() && j < sides[1].len() {
            let mut plan = Plan::default();
            let bases = (i, j);
            let reached = interleave_by_words(
                &columns[0],
                i..sides[0].len(),
                &columns[1],
                j..sides[1].len(),
                bases,
                max,
                &mut plan,
            );
            assert!((1..=max).contains(&plan.positions.len()));
            let mut ties = plan.ties.iter();
            for (index, &position) in plan.positions.iter().enumerate() {
                match sides[0][i].cmp(&sides[1][j]) {
                    Ordering::Less => assert_eq!(position, (i - bases.0) as u32),
                    Ordering::Greater => assert_eq!(position, (j - bases.1) as u32 | SECOND),
                    Ordering::Equal => {
                        assert_eq!(position, (i - bases.0) as u32);
                        assert_eq!(ties.next(), Some(&(index as u32, (j - bases.1) as u32)));
                    }
                }
                let order = sides[0][i].cmp(&sides[1][j]);
                i += order.is_le() as usize;
                j += order.is_ge() as usize;
            }
            assert_eq!((reached, ties.next()), ((i, j), None));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn words_plan_as_comparisons_do(
            sides in prop::array::uniform2(prop::collection::btree_set("[ab\0]{0,2}(prefix0123)?[a\0é]{0,9}", 0..150)),
            max in 1usize..300,
        ) {
            let sides = sides.map(|side| side.into_iter().collect::<Vec<_>>());
            check_words::<Vec<String>>([&sides[0], &sides[1]], max);
            check_words::<SliceContainer<str>>([&sides[0], &sides[1]], max);
        }
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
