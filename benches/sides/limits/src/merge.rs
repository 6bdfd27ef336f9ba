//! Merging columns: runs found by galloping and copied whole, and a loop without branches where keys interleave.

use crate::columns::Columns;
use std::hint::select_unpredictable;

/// How many updates the loop without branches merges at once, and how long a run must be to be copied whole.
const BLOCK: usize = 32;

/// Merges two sets of sorted columns. What both have stays twice.
pub(crate) fn merge(a: &Columns, b: &Columns) -> Columns {
    let mut out = Columns::with_capacity(a.len() + b.len());
    let (mut i, mut j) = (0, 0);
    while i + BLOCK <= a.len() && j + BLOCK <= b.len() {
        if a.leads(i + BLOCK - 1, b, j) {
            i = run(&mut out, a, i, b, j);
        } else if b.leads(j + BLOCK - 1, a, i) {
            j = run(&mut out, b, j, a, i);
        } else {
            (i, j) = block(&mut out, a, i, b, j);
        }
    }
    while i < a.len() && j < b.len() {
        if a.leads(i, b, j) {
            i = run(&mut out, a, i, b, j);
        } else {
            j = run(&mut out, b, j, a, i);
        }
    }
    out.extend(a, i..a.len());
    out.extend(b, j..b.len());
    out
}

/// Copies the run of `a` from `i` on that is not behind `b[j]`, of which there is some. Returns where it ends.
fn run(out: &mut Columns, a: &Columns, i: usize, b: &Columns, j: usize) -> usize {
    let (mut last, mut step) = (i, 1);
    while last + step < a.len() && a.leads(last + step, b, j) {
        last += step;
        step *= 2;
    }
    while step > 0 {
        if last + step < a.len() && a.leads(last + step, b, j) {
            last += step;
        }
        step /= 2;
    }
    out.extend(a, i..last + 1);
    last + 1
}

/// Merges the next `BLOCK` updates, of which each side has as many.
#[inline(always)]
fn block(out: &mut Columns, a: &Columns, i: usize, b: &Columns, j: usize) -> (usize, usize) {
    // Positions stay within the arrays by themselves; the masks only tell the compiler so.
    const MASK: usize = BLOCK - 1;
    fn window<T>(column: &[T], start: usize) -> &[T; BLOCK] {
        column[start..].first_chunk().expect("the caller looked how many there are")
    }
    let (keys, vals) = ((window(&a.keys, i), window(&b.keys, j)), (window(&a.vals, i), window(&b.vals, j)));
    let (times, diffs) =
        ((window(&a.times, i), window(&b.times, j)), (window(&a.diffs, i), window(&b.diffs, j)));
    let (mut out_keys, mut out_vals) = ([0; BLOCK], [0; BLOCK]);
    let (mut out_times, mut out_diffs) = ([0; BLOCK], [0; BLOCK]);
    let (mut x, mut y) = (0, 0);
    for at in 0..BLOCK {
        let key = (keys.0[x & MASK], keys.1[y & MASK]);
        let val = (vals.0[x & MASK], vals.1[y & MASK]);
        let first = (key.0 < key.1) | ((key.0 == key.1) & (val.0 <= val.1));
        out_keys[at] = select_unpredictable(first, key.0, key.1);
        out_vals[at] = select_unpredictable(first, val.0, val.1);
        out_times[at] = select_unpredictable(first, times.0[x & MASK], times.1[y & MASK]);
        out_diffs[at] = select_unpredictable(first, diffs.0[x & MASK], diffs.1[y & MASK]);
        x += first as usize;
        y += !first as usize;
    }
    out.keys.extend_from_slice(&out_keys);
    out.vals.extend_from_slice(&out_vals);
    out.times.extend_from_slice(&out_times);
    out.diffs.extend_from_slice(&out_diffs);
    (i + x, j + y)
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::columns::{Columns, Pair};
    use bench_kit::data::{Shape, mix, sorted};

    #[test]
    fn merges_what_was_split() {
        let all = sorted(Shape::Unique.rows(10_000));
        for shift in [0, 52, 56, 63] {
            let (one, two): (Vec<Pair>, Vec<Pair>) =
                all.iter().partition(|row| mix(row.0.0 >> shift).is_multiple_of(3));
            let merged = merge(&Columns::of_rows(&one), &Columns::of_rows(&two));
            assert!(merged.rows() == all, "{shift}");
        }
    }
}
