//! Tries of columns, with a table of positions by key prefix for seeks.
#![allow(unsafe_code, reason = "prefetching goes by pointer")]

use crate::columns::Pair;
use bench_kit::contents::{Contents, Sums};
use bench_kit::data::{Rows, sorted};
use bench_kit::kind::Order;
use bench_kit::work::reading::Reader;

/// How many keys share a slot of the table, about.
const SLOT_KEYS: usize = 8;

/// Where a slot has more keys than this, it is searched by halving.
const SLOT_KEYS_MAX: usize = 64;

/// Several tries read as one.
pub(crate) struct Tries {
    tries: Vec<Trie>,
}

/// Where the updates of key `k` are: in `updates[k]..updates[k + 1]`. Vals and times are kept for the checksum only: they
/// are not read when diffs are summed.
struct Trie {
    keys: Vec<u64>,
    updates: Vec<u32>,
    vals: Vec<u64>,
    times: Vec<u64>,
    diffs: Vec<i64>,
    /// The first key of each prefix, the last prefix being followed by the number of keys.
    slots: Vec<u32>,
    /// How far a key is shifted to be a prefix.
    shift: u32,
}

impl Trie {
    fn new(rows: &[Pair]) -> Self {
        let rows = sorted(rows.to_vec());
        let (mut keys, mut updates) = (Vec::new(), Vec::new());
        for (at, row) in rows.iter().enumerate() {
            if keys.last() != Some(&row.0.0) {
                keys.push(row.0.0);
                updates.push(at as u32);
            }
        }
        updates.push(rows.len() as u32);

        let greatest = keys.last().copied().unwrap_or(0);
        let bits = greatest.checked_ilog2().map_or(0, |log| log + 1);
        let shift = bits.saturating_sub((keys.len() / SLOT_KEYS).max(1).ilog2());
        let mut slots = vec![0; (greatest >> shift) as usize + 2];
        for key in &keys {
            slots[(key >> shift) as usize + 1] += 1;
        }
        for slot in 1..slots.len() {
            slots[slot] += slots[slot - 1];
        }
        Trie {
            keys,
            updates,
            vals: rows.iter().map(|row| row.0.1).collect(),
            times: rows.iter().map(|row| row.1).collect(),
            diffs: rows.iter().map(|row| row.2).collect(),
            slots,
            shift,
        }
    }

    #[inline(always)]
    fn range(&self, at: usize) -> std::ops::Range<usize> {
        self.updates[at] as usize..self.updates[at + 1] as usize
    }

    #[inline(always)]
    fn slot(&self, key: u64) -> usize {
        ((key >> self.shift) as usize).min(self.slots.len() - 2)
    }

    /// The first position not less than `key`, by the table.
    #[inline(always)]
    fn probe(&self, key: u64) -> usize {
        let slot = self.slot(key);
        let (low, high) = (self.slots[slot] as usize, self.slots[slot + 1] as usize);
        let keys = &self.keys[low..high];
        if keys.len() > SLOT_KEYS_MAX {
            low + keys.partition_point(|at| *at < key)
        } else {
            low + keys.iter().map(|at| (*at < key) as usize).sum::<usize>()
        }
    }

    /// The first position from `at` on that is not less than `key`, by galloping.
    #[inline(always)]
    fn gallop(&self, mut at: usize, key: u64) -> usize {
        let before = |at: usize| at < self.keys.len() && self.keys[at] < key;
        if !before(at) {
            return at;
        }
        let mut step = 1;
        while before(at + step) {
            at += step;
            step *= 2;
        }
        let end = (at + step).min(self.keys.len());
        at + self.keys[at..end].partition_point(|at| *at < key)
    }

    /// The sum of diffs at `at`, if that is the place of `key`.
    #[inline(always)]
    fn sum(&self, at: usize, key: u64) -> Option<i64> {
        (self.keys.get(at) == Some(&key)).then(|| self.diffs[self.range(at)].iter().sum())
    }

    /// Adds the sums of diffs at up to sixteen keys, where they are.
    fn probe_sixteen(&self, keys: &[u64], found: &mut [Option<i64>; 16]) {
        for key in keys {
            prefetch(&self.slots, self.slot(*key));
        }
        for key in keys {
            prefetch(&self.keys, self.slots[self.slot(*key)] as usize);
        }
        let mut places = [0; 16];
        for (key, place) in keys.iter().zip(&mut places) {
            *place = self.probe(*key);
            prefetch(&self.updates, *place);
        }
        for place in &places[..keys.len()] {
            prefetch(&self.diffs, self.updates[*place] as usize);
        }
        for ((key, place), found) in keys.iter().zip(&places).zip(found) {
            if let Some(sum) = self.sum(*place, *key) {
                *found = Some(found.unwrap_or(0) + sum);
            }
        }
    }
}

/// Asks for the line of an item, if there is one.
#[inline(always)]
fn prefetch<T>(items: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = items.get(at) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch changes nothing but what is cached, and the address is that of an item.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(item).cast()) };
    }
}

impl Tries {
    pub(crate) fn new(sets: &[Rows<u64, u64>]) -> Self {
        Tries { tries: sets.iter().map(|rows| Trie::new(rows)).collect() }
    }

    /// Visits the keys of all tries in order, each with the tries it is in and its place there. Keys are less than the
    /// greatest number.
    #[inline(always)]
    fn walk(&self, mut visit: impl FnMut(&Trie, usize)) {
        if let [trie] = &self.tries[..] {
            return (0..trie.keys.len()).for_each(|at| visit(trie, at));
        }
        let head = |trie: &Trie, at: usize| trie.keys.get(at).copied().unwrap_or(u64::MAX);
        let mut places = vec![0; self.tries.len()];
        let mut heads: Vec<u64> = self.tries.iter().map(|trie| head(trie, 0)).collect();
        while let Some(least) = heads.iter().copied().min()
            && least < u64::MAX
        {
            for ((trie, place), first) in self.tries.iter().zip(&mut places).zip(&mut heads) {
                if *first == least {
                    visit(trie, *place);
                    *place += 1;
                    *first = head(trie, *place);
                }
            }
        }
    }
}

impl Reader<u64> for Tries {
    fn scan(&self) -> Sums {
        let mut sums = Sums::default();
        self.walk(|trie, at| {
            for update in trie.range(at) {
                sums.count += 1;
                sums.diffs += trie.diffs[update];
            }
        });
        sums
    }

    fn visit(&self) -> Sums {
        self.scan()
    }

    fn contents(&self) -> Contents {
        let mut rows: Vec<Pair> = Vec::new();
        self.walk(|trie, at| {
            rows.extend(
                trie.range(at).map(|i| ((trie.keys[at], trie.vals[i]), trie.times[i], trie.diffs[i])),
            );
        });
        Contents::of_rows(&rows)
    }

    fn seek(&self, keys: &[u64], order: Order) -> Sums {
        let mut sums = Sums::default();
        let mut places = vec![0; self.tries.len()];
        for key in keys {
            let mut found = false;
            for (trie, place) in self.tries.iter().zip(&mut places) {
                *place = match order {
                    Order::Random => trie.probe(*key),
                    Order::Sorted => trie.gallop(*place, *key),
                };
                if let Some(diffs) = trie.sum(*place, *key) {
                    found = true;
                    sums.diffs += diffs;
                }
            }
            sums.count += found as u64;
        }
        sums
    }

    /// Sixteen at a time, each step of all of them prefetching for the next.
    fn probe(&self, keys: &[u64]) -> Sums {
        let mut sums = Sums::default();
        for keys in keys.chunks(16) {
            let mut found = [None; 16];
            for trie in &self.tries {
                trie.probe_sixteen(keys, &mut found);
            }
            for diffs in found.into_iter().flatten() {
                sums.count += 1;
                sums.diffs += diffs;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bench_kit::data::{Shape, layers};

    #[test]
    fn seeks_agree() {
        for shape in [Shape::Unique, Shape::Skewed, Shape::Graph] {
            let sets = layers(shape, 20_000, 3);
            let tries = Tries::new(&sets);
            assert_eq!(tries.scan(), Sums { count: 20_000, diffs: 20_000 });
            for found in [true, false] {
                let mut keys: Vec<u64> = shape.probes(20_000, 5_000, found);
                let sums = tries.seek(&keys, Order::Random);
                assert_eq!(sums, tries.probe(&keys), "{shape:?}");
                keys.sort_unstable();
                assert_eq!(sums, tries.seek(&keys, Order::Sorted), "{shape:?}");
            }
        }
    }
}
