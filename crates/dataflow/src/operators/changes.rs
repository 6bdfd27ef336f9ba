//! What fresh updates change in something that depends on the sum of differences.

use super::{Part, Times};
use arrangement_trace::{
    Abelian, Antichain, BatchReader, Cursor, IntoOwned, Lattice, PartialOrder, Semigroup, consolidate,
};

/// Fresh batches beside those that were there before, key by key: where a task is that compares them.
pub(super) struct Comparison<B: BatchReader> {
    pub(super) fresh: Part<B>,
    pub(super) history: Part<B>,
    /// A frontier at or beyond which all that is fresh is.
    pub(super) since: Antichain<B::Time>,
    /// Whether the history is at the key.
    sought: bool,
    /// What was read of what is fresh.
    pub(super) now: Times<B::Time, B::Diff>,
    /// What was read of the history.
    pub(super) before: Times<B::Time, B::Diff>,
}

impl<B: BatchReader<Diff: Semigroup>> Comparison<B> {
    pub(super) fn new(fresh: Part<B>, history: Part<B>, since: Antichain<B::Time>) -> Self {
        Comparison { fresh, history, since, sought: false, now: Times::new(), before: Times::new() }
    }

    /// Brings the history to the current fresh key, and says whether it has it; `None` if no key is left.
    pub(super) fn seek(&mut self) -> Option<bool> {
        let Comparison { fresh, history, sought, .. } = self;
        let key = fresh.cursor.get_key(&fresh.batches)?;
        if !*sought {
            history.cursor.seek_key(&history.batches, B::Key::reborrow(key));
            *sought = true;
        }
        let here = history.cursor.get_key(&history.batches);
        Some(here.is_some_and(|here| B::Key::reborrow(here) == B::Key::reborrow(key)))
    }

    /// Goes to the next fresh key, with nothing read of it.
    pub(super) fn step(&mut self) {
        self.now.clear();
        self.before.clear();
        self.sought = false;
        self.fresh.cursor.step_key(&self.fresh.batches);
    }
}

/// The changes, at each time, of what `value` makes of the sum of all differences at or before that time, that the
/// updates `fresh` bring about when those of `history` were there before: `emit` gets values that come and go.
///
/// Both lists are consolidated on the way. A sum of no differences, or of zero, has no value.
///
/// The sums change at fresh times and at their joins with others, some of which may not be complete yet. Updates still to
/// come will bring further changes there; of whatever has come so far, the changes so far are right. So nothing needs to be
/// kept for a time until it is complete.
///
/// Totally ordered times cost their sorting; others the square of the number of times at which sums change.
pub(super) fn changes<T, R, D, R2>(
    history: &mut Vec<(T, R)>,
    fresh: &mut Vec<(T, R)>,
    value: impl Fn(&R) -> Option<D>,
    emit: impl FnMut(D, T, R2),
) where
    T: Lattice + PartialOrder + Ord,
    R: Semigroup,
    D: Ord + Clone,
    R2: Abelian + From<i8>,
{
    consolidate(history);
    consolidate(fresh);
    let value = |sum: &Option<R>| sum.as_ref().filter(|sum| !sum.is_zero()).and_then(&value);
    if T::TOTAL { of_total(history, fresh, value, emit) } else { of_partial(history, fresh, value, emit) }
}

/// One pass over both lists, which are in order.
fn of_total<T, R, D, R2>(
    history: &[(T, R)],
    fresh: &[(T, R)],
    value: impl Fn(&Option<R>) -> Option<D>,
    mut emit: impl FnMut(D, T, R2),
) where
    T: Ord + Clone,
    R: Semigroup,
    D: Ord + Clone,
    R2: Abelian + From<i8>,
{
    let mut sums = (None, None);
    let (mut history, mut fresh) = (history.iter().peekable(), fresh.iter().peekable());
    let mut last = (None, None);
    let mut delta = Vec::new();
    while let Some((time, _)) =
        [history.peek(), fresh.peek()].into_iter().flatten().min_by_key(|(time, _)| time)
    {
        while let Some((_, diff)) = history.next_if(|next| next.0 == *time) {
            add(&mut sums.0, diff);
            add(&mut sums.1, diff);
        }
        while let Some((_, diff)) = fresh.next_if(|next| next.0 == *time) {
            add(&mut sums.1, diff);
        }
        let now = (value(&sums.0), value(&sums.1));
        replace(&mut delta, last.1, last.0);
        replace(&mut delta, now.0.clone(), now.1.clone());
        last = now;
        consolidate(&mut delta);
        delta.drain(..).for_each(|(value, diff)| emit(value, time.clone(), diff));
    }
}

/// All times at which sums change, in an order that extends the partial one, each with all that is before it.
fn of_partial<T, R, D, R2>(
    history: &[(T, R)],
    fresh: &[(T, R)],
    value: impl Fn(&Option<R>) -> Option<D>,
    mut emit: impl FnMut(D, T, R2),
) where
    T: Lattice + PartialOrder + Ord,
    R: Semigroup,
    D: Ord + Clone,
    R2: Abelian + From<i8>,
{
    let mut times: Vec<T> = fresh.iter().map(|update| update.0.clone()).collect();
    let mut joined = 0;
    while joined < times.len() {
        for (time, _) in history.iter().chain(fresh) {
            let join = times[joined].join(time);
            if !times.contains(&join) {
                times.push(join);
            }
        }
        joined += 1;
    }
    times.sort();
    let mut emitted: Vec<(D, T, R2)> = Vec::new();
    let mut delta = Vec::new();
    for time in times {
        let up_to = |updates: &[(T, R)], mut sum: Option<R>| {
            for (_, diff) in updates.iter().filter(|update| update.0.less_equal(&time)) {
                add(&mut sum, diff);
            }
            sum
        };
        let before = up_to(history, None);
        let after = up_to(fresh, before.clone());
        for (value, _, diff) in emitted.iter().filter(|emitted| emitted.1.less_equal(&time)) {
            let mut diff = diff.clone();
            diff.negate();
            delta.push((value.clone(), diff));
        }
        replace(&mut delta, value(&before), value(&after));
        consolidate(&mut delta);
        emitted.extend(delta.drain(..).map(|(value, diff)| (value, time.clone(), diff)));
    }
    emitted.into_iter().for_each(|(value, time, diff)| emit(value, time, diff));
}

fn add<R: Semigroup>(sum: &mut Option<R>, diff: &R) {
    match sum {
        Some(sum) => sum.plus_equals(diff),
        None => *sum = Some(diff.clone()),
    }
}

/// Appends that one value goes and another comes.
fn replace<D, R: From<i8>>(delta: &mut Vec<(D, R)>, old: Option<D>, new: Option<D>) {
    delta.extend(old.map(|value| (value, R::from(-1))));
    delta.extend(new.map(|value| (value, R::from(1))));
}

#[cfg(test)]
mod tests {
    use super::changes;
    use arrangement_trace::{PartialOrder, Product};

    /// The sum at each time is that of the changes, whatever came in which order.
    #[test]
    fn changes_sum_to_the_value_of_the_sum() {
        let times: Vec<Product<u64, u64>> = (0..9).map(|n| Product::new(n / 3, n % 3)).collect();
        let mut random = 1u64;
        let mut next = |below: u64| {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (random >> 33) % below
        };
        for _ in 0..200 {
            let (mut history, mut emitted) = (Vec::new(), Vec::new());
            for _ in 0..4 {
                let some = next(4);
                let mut fresh: Vec<_> =
                    (0..some).map(|_| (times[next(9) as usize], next(5) as i64 - 2)).collect();
                changes(
                    &mut history,
                    &mut fresh,
                    |sum| Some(*sum),
                    |value, time, diff: i64| {
                        emitted.push((value, time, diff));
                    },
                );
                history.extend(fresh);
                for time in &times {
                    let sum: i64 = history.iter().filter(|u| u.0.less_equal(time)).map(|u| u.1).sum();
                    let mut values: Vec<_> = emitted.iter().filter(|e| e.1.less_equal(time)).collect();
                    values.sort();
                    for values in values.chunk_by(|a, b| a.0 == b.0) {
                        let count: i64 = values.iter().map(|e| e.2).sum();
                        assert_eq!(count, (sum != 0 && values[0].0 == sum) as i64, "{history:?} at {time:?}");
                    }
                    assert!(sum == 0 || values.iter().any(|e| e.0 == sum));
                }
            }
        }
    }
}
