//! Consolidation: sort, sum what is equal, drop what sums to zero.

use crate::Semigroup;

/// Sorts by the first component, sums the differences of equal ones, and drops zeros. In place; `O(n log n)`
/// comparisons, none beyond one pass if the input is sorted already.
///
/// ```
/// let mut updates = vec![("b", 1), ("a", 1), ("b", -1), ("a", 2)];
/// arrangement_trace::consolidate(&mut updates);
/// assert_eq!(updates, [("a", 3)]);
/// ```
pub fn consolidate<D: Ord, R: Semigroup>(updates: &mut Vec<(D, R)>) {
    let len = consolidate_slice(updates);
    updates.truncate(len);
}

/// As [`consolidate`], on a slice: the result is its first so many updates, a number that is returned.
///
/// What lies behind them is unspecified.
pub fn consolidate_slice<D: Ord, R: Semigroup>(updates: &mut [(D, R)]) -> usize {
    fold(updates, |a, b| a.0.cmp(&b.0), |a, b| a.1.plus_equals(&b.1), |a| a.1.is_zero())
}

/// Sorts by the first two components, sums the differences of equal ones, and drops zeros. Costs what [`consolidate`]
/// costs.
///
/// ```
/// let mut updates = vec![("a", 1, 1), ("a", 0, 1), ("a", 1, -1)];
/// arrangement_trace::consolidate_updates(&mut updates);
/// assert_eq!(updates, [("a", 0, 1)]);
/// ```
pub fn consolidate_updates<D: Ord, T: Ord, R: Semigroup>(updates: &mut Vec<(D, T, R)>) {
    let len = consolidate_updates_slice(updates);
    updates.truncate(len);
}

/// As [`consolidate_updates`], on a slice: the result is its first so many updates, a number that is returned.
///
/// What lies behind them is unspecified.
pub fn consolidate_updates_slice<D: Ord, T: Ord, R: Semigroup>(updates: &mut [(D, T, R)]) -> usize {
    fold(
        updates,
        |a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(&b.1)),
        |a, b| a.2.plus_equals(&b.2),
        |a| a.2.is_zero(),
    )
}

/// A container of updates that can be consolidated.
pub trait ConsolidateContainer {
    /// Sorts the updates, sums the differences of equal ones, and drops zeros.
    fn consolidate(&mut self);
}

impl<D: Ord, T: Ord, R: Semigroup> ConsolidateContainer for Vec<(D, T, R)> {
    fn consolidate(&mut self) {
        consolidate_updates(self);
    }
}

/// Consolidates a container and moves its contents into `target`, which is overwritten; `container` gets the buffers
/// of `target` in exchange, emptied or not.
pub fn consolidate_container<C: ConsolidateContainer>(container: &mut C, target: &mut C) {
    container.consolidate();
    std::mem::swap(container, target);
}

/// Sorts, then sums runs of equal items into their first, keeping those whose sum is not zero at the front.
fn fold<X>(
    items: &mut [X],
    cmp: impl Fn(&X, &X) -> std::cmp::Ordering,
    plus: impl Fn(&mut X, &X),
    zero: impl Fn(&X) -> bool,
) -> usize {
    if !items.is_sorted_by(|a, b| cmp(a, b).is_le()) {
        items.sort_unstable_by(&cmp);
    }
    let mut kept = 0;
    let mut at = 0;
    while at < items.len() {
        let (sum, rest) = items[at..].split_first_mut().expect("at is below the length");
        let equal = rest.iter().take_while(|x| cmp(sum, x).is_eq()).count();
        for x in &rest[..equal] {
            plus(sum, x);
        }
        if !zero(sum) {
            items.swap(kept, at);
            kept += 1;
        }
        at += 1 + equal;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_inputs_lose_their_zeros() {
        for (input, expected) in [
            (vec![], vec![]),
            (vec![("a", 0)], vec![]),
            (vec![("a", 1)], vec![("a", 1)]),
            (vec![("b", 1), ("a", 1)], vec![("a", 1), ("b", 1)]),
            (vec![("a", 1), ("a", -1)], vec![]),
            (vec![("a", 0), ("b", 0)], vec![]),
        ] {
            let mut updates = input;
            consolidate(&mut updates);
            assert_eq!(updates, expected);
        }
    }

    #[test]
    fn differences_without_zero_only_sum() {
        use crate::{Max, Present};
        let mut updates = vec![("a", Max(1)), ("b", Max(0)), ("a", Max(3))];
        consolidate(&mut updates);
        assert_eq!(updates, [("a", Max(3)), ("b", Max(0))]);
        let mut updates = vec![(1, 0, Present), (1, 0, Present)];
        consolidate_updates(&mut updates);
        assert_eq!(updates, [(1, 0, Present)]);
    }

    #[test]
    fn a_container_hands_over_its_contents() {
        let mut container = vec![("a", 1, 1), ("a", 1, 2)];
        let mut target = Vec::new();
        consolidate_container(&mut container, &mut target);
        assert_eq!(target, [("a", 1, 3)]);
        assert!(container.is_empty());
    }
}
