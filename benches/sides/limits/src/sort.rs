//! Sorting rows by radix.

use bench_kit::data::Row;

/// How many parts a pass scatters to.
const PARTS: usize = 256;

/// A part this small is sorted as it is, without a second pass.
const SMALL: usize = 4096;

/// Sorts by two passes over the most significant bits of the key that are in use, and a comparison sort of what then
/// shares them. Rows found in order are left alone.
pub(crate) fn radix<V: Copy + Ord>(rows: Vec<Row<u64, V>>) -> Vec<Row<u64, V>> {
    if rows.is_sorted() {
        return rows;
    }
    let keys = rows.iter().map(|row| row.0.0);
    let (least, greatest) = keys.fold((u64::MAX, 0), |(least, most), key| (least.min(key), most.max(key)));
    let bits = (greatest - least).checked_ilog2().map_or(0, |log| log + 1);
    let (high, low) = (bits.saturating_sub(8), bits.saturating_sub(16));

    let mut sorted = rows.clone();
    let ends = scatter(&rows, &mut sorted, |row| ((row.0.0 - least) >> high) as usize);
    drop(rows);
    let mut spare = Vec::new();
    let mut start = 0;
    for end in ends {
        let part = &mut sorted[start..end];
        start = end;
        if part.len() <= SMALL || high == 0 {
            part.sort_unstable();
            continue;
        }
        spare.clear();
        spare.extend_from_slice(part);
        let ends = scatter(&spare, part, |row| ((row.0.0 - least) >> low) as usize % PARTS);
        let mut start = 0;
        for end in ends {
            part[start..end].sort_unstable();
            start = end;
        }
    }
    sorted
}

/// Copies rows to the places that their parts give them, and returns where each part ends.
fn scatter<R: Copy>(rows: &[R], target: &mut [R], part: impl Fn(&R) -> usize) -> [usize; PARTS] {
    let mut next = [0; PARTS];
    for row in rows {
        next[part(row)] += 1;
    }
    let mut start = 0;
    for count in &mut next {
        start += std::mem::replace(count, start);
    }
    for row in rows {
        let place = &mut next[part(row)];
        target[*place] = *row;
        *place += 1;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::radix;
    use bench_kit::data::{Shape, sorted};

    #[test]
    fn radix_sorts() {
        for shape in [Shape::Unique, Shape::Skewed, Shape::Graph] {
            for n in [0, 1, 2, 1_000, 100_000] {
                let rows = shape.rows::<u64, u64>(n);
                assert!(radix(rows.clone()) == sorted(rows), "{shape:?}, {n}");
            }
        }
    }
}
