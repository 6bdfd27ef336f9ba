//! What a spine is made of, for people to look at: its levels, their batches, their sizes.

use arrangement_trace::{Antichain, Description, PartSizes, Timestamp};
use std::fmt;

/// The levels of a spine at one moment, oldest first, and its frontiers.
///
/// Plain data, to be printed, drawn, or sent to where sizes are watched. Its text is a table:
///
/// ```text
/// level  holds       keys  updates      used  reserved  lower  upper  since  merge
/// 0      batch      3,000    9,120  71.0 KiB  71.2 KiB  {0}    {8}    {4}
/// 1      merge        520    1,010   9.1 KiB   9.6 KiB  {8}    {12}   {4}    300 of 1,010 read
///          older      400      800   6.2 KiB   6.2 KiB  {8}    {10}   {4}
///          newer      120      210   1.9 KiB   1.9 KiB  {10}   {12}   {0}
/// 2      no update      0        0       0 B       0 B  {12}   {15}   {0}
///        3 waiting     40       40     640 B     640 B  {15}   {18}   {0}
/// readable from {4}, batches may merge up to {15}, ends at {18}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report<T> {
    /// The levels, oldest first; batches that wait for the physical compaction frontier come last.
    pub levels: Vec<LevelReport<T>>,
    /// The logical compaction frontier.
    pub logical: Antichain<T>,
    /// The physical compaction frontier.
    pub physical: Antichain<T>,
    /// The upper bound of the trace.
    pub upper: Antichain<T>,
}

/// One level of a spine, or one batch that is not let in yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelReport<T> {
    /// What the level holds.
    pub state: LevelState,
    /// Its bounds in time. Its `since` is the join of those of its batches.
    pub description: Description<T>,
    /// Its batches with updates, oldest first: none, one, or two that are being merged.
    pub batches: Vec<BatchReport<T>>,
}

/// What a level holds.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum LevelState {
    /// A stretch of time without updates.
    Empty,
    /// One batch.
    Batch,
    /// Two batches that are being merged, or one that is compacted by itself.
    Merging(MergeReport),
    /// A batch that waits for the physical compaction frontier.
    Waiting,
}

/// How far a merge has come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct MergeReport {
    /// Updates that the merge has read.
    pub updates_read: usize,
    /// Updates that it will have read in the end.
    pub updates_len: usize,
    /// The sizes of what it has made so far.
    pub sizes: PartSizes,
}

/// One batch: its bounds in time and how large it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchReport<T> {
    /// The bounds in time.
    pub description: Description<T>,
    /// The sizes by part: `sizes.keys.records` is the number of keys, `sizes.updates.records` that of updates.
    pub sizes: PartSizes,
}

impl<T> Report<T> {
    /// The sizes of all levels, what merges have made so far included.
    pub fn sizes(&self) -> PartSizes {
        self.levels.iter().map(LevelReport::sizes).sum()
    }
}

impl<T> LevelReport<T> {
    /// The sizes of the level's batches.
    pub fn batch_sizes(&self) -> PartSizes {
        self.batches.iter().map(|batch| batch.sizes).sum()
    }

    /// The sizes of the level, what its merge has made so far included.
    pub fn sizes(&self) -> PartSizes {
        match self.state {
            LevelState::Merging(merge) => self.batch_sizes() + merge.sizes,
            _ => self.batch_sizes(),
        }
    }
}

/// The columns of the table: a name, and whether they are numbers, which are aligned on the right.
const COLUMNS: [(&str, bool); 10] = [
    ("level", false),
    ("holds", false),
    ("keys", true),
    ("updates", true),
    ("used", true),
    ("reserved", true),
    ("lower", false),
    ("upper", false),
    ("since", false),
    ("merge", false),
];

type Row = [String; COLUMNS.len()];

/// A row of the table. Bytes are those of the sizes, keys and updates those of the batches alone.
fn row<T: Timestamp>(
    [level, holds, merge]: [String; 3],
    batches: PartSizes,
    sizes: PartSizes,
    description: &Description<T>,
) -> Row {
    let [lower, upper, since] =
        [description.lower(), description.upper(), description.since()].map(|f| times(f));
    let total = sizes.total();
    let (keys, updates) = (grouped(batches.keys.records), grouped(batches.updates.records));
    let (used, reserved) = (bytes(total.bytes_used), bytes(total.bytes_reserved));
    [level, holds, keys, updates, used, reserved, lower, upper, since, merge]
}

/// The row of all batches that wait, of which there may be any number.
fn waiting_row<T: Timestamp>(waiting: &[LevelReport<T>]) -> Option<Row> {
    let (first, last) = (waiting.first()?, waiting.last()?);
    let sizes = waiting.iter().map(LevelReport::sizes).sum();
    let description =
        first.description.extended(last.description.upper().clone(), first.description.since().clone());
    let names = [String::new(), format!("{} waiting", grouped(waiting.len())), String::new()];
    Some(row(names, sizes, sizes, &description))
}

impl<T: Timestamp> LevelReport<T> {
    /// The rows of one level: its own, and those of the batches that it merges.
    fn rows(&self, index: usize) -> Vec<Row> {
        let (holds, merge) = match self.state {
            LevelState::Empty => ("no update", String::new()),
            LevelState::Batch | LevelState::Waiting => ("batch", String::new()),
            LevelState::Merging(MergeReport { updates_read, updates_len, .. }) => {
                ("merge", format!("{} of {} read", grouped(updates_read), grouped(updates_len)))
            }
        };
        let names = [index.to_string(), holds.to_owned(), merge];
        let mut rows = vec![row(names, self.batch_sizes(), self.sizes(), &self.description)];
        if self.batches.len() > 1 {
            rows.extend(self.batches.iter().zip(["older", "newer"]).map(|(batch, name)| {
                let names = [String::new(), format!("  {name}"), String::new()];
                row(names, batch.sizes, batch.sizes, &batch.description)
            }));
        }
        rows
    }
}

impl<T: Timestamp> fmt::Display for Report<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = COLUMNS.map(|(name, _)| name.to_owned());
        let waits = |level: &LevelReport<T>| level.state == LevelState::Waiting;
        let (levels, waiting) =
            self.levels.split_at(self.levels.iter().take_while(|level| !waits(level)).count());
        let levels = levels.iter().enumerate().flat_map(|(index, level)| level.rows(index));
        let rows: Vec<Row> = std::iter::once(header).chain(levels).chain(waiting_row(waiting)).collect();
        let widths: [usize; COLUMNS.len()] = std::array::from_fn(|column| {
            rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
        });
        for row in &rows {
            let mut line = String::new();
            for ((cell, width), (_, is_number)) in row.iter().zip(widths).zip(COLUMNS) {
                let cell = if is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
                line.push_str(&cell);
                line.push_str("  ");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        let [logical, physical, upper] = [&self.logical, &self.physical, &self.upper].map(|f| times(f));
        write!(f, "readable from {logical}, batches may merge up to {physical}, ends at {upper}")
    }
}

/// The times of a frontier.
fn times<T: fmt::Debug>(frontier: &[T]) -> String {
    let times: Vec<String> = frontier.iter().map(|time| format!("{time:?}")).collect();
    format!("{{{}}}", times.join(", "))
}

/// A number whose digits are grouped by three.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number of bytes in the unit that leaves at most four digits before the point.
fn bytes(bytes: usize) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 10_000 {
        return format!("{bytes} B");
    }
    let mut scaled = bytes as f64 / 1024.0;
    let mut unit = 0;
    while scaled >= 10_000.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        let numbers = [0, 7, 999, 1_000, 1_234_567];
        assert_eq!(numbers.map(grouped), ["0", "7", "999", "1,000", "1,234,567"]);
        let sizes = [0, 9_999, 10_240, 20 << 20, 3 << 40];
        assert_eq!(sizes.map(bytes), ["0 B", "9999 B", "10.0 KiB", "20.0 MiB", "3072.0 GiB"]);
    }
}
