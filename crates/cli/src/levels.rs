//! The levels of an index, as a table, as JSON, and drawn as SVG.

use crate::report::{number, plural, table};
use anyhow::Result;
use arrangement::spine::{LevelReport, LevelState, MergeReport, Report};
use arrangement::trace::PartSizes;
use arrangement::{Antichain, Description};
use comfy_table::{Cell, Table};
use indicatif::{HumanBytes, HumanCount};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use serde::Serialize;

/// A level, or a batch of a level that merges two.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    /// Which level, from 0, the oldest.
    pub(crate) level: usize,
    holds: Holds,
    keys: usize,
    updates: usize,
    bytes_used: usize,
    bytes_reserved: usize,
    /// The first time; `None` if there is none.
    lower: Option<u64>,
    /// The first time no longer in it; `None` if there is none.
    upper: Option<u64>,
    /// The time at or beyond which times are told apart; `None` if there is none.
    since: Option<u64>,
    /// Updates that the merge has read.
    merge_read: Option<usize>,
}

/// What a row stands for.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Holds {
    NoUpdate,
    Batch,
    /// Two batches that are being merged; a row for each of them follows.
    Merge,
    Older,
    Newer,
    Waiting,
}

impl Holds {
    fn name(self) -> &'static str {
        match self {
            Holds::NoUpdate => "no update",
            Holds::Batch => "batch",
            Holds::Merge => "merge",
            Holds::Older => "  older",
            Holds::Newer => "  newer",
            Holds::Waiting => "waiting",
        }
    }

    /// Colours that are told apart by the colour-blind, too (Okabe and Ito).
    fn colour(self) -> RGBColor {
        match self {
            Holds::NoUpdate => RGBColor(150, 150, 150),
            Holds::Batch => RGBColor(0, 114, 178),
            Holds::Merge => RGBColor(0, 158, 115),
            Holds::Older | Holds::Newer => RGBColor(230, 159, 0),
            Holds::Waiting => RGBColor(204, 121, 167),
        }
    }
}

impl Row {
    fn new(
        level: usize,
        holds: Holds,
        description: &Description<u64>,
        batches: PartSizes,
        all: PartSizes,
    ) -> Self {
        // Times are ordered, so that a frontier is one time or none.
        let time = |frontier: &Antichain<u64>| frontier.first().copied();
        Row {
            level,
            holds,
            keys: batches.keys.records,
            updates: batches.updates.records,
            bytes_used: all.total().bytes_used,
            bytes_reserved: all.total().bytes_reserved,
            lower: time(description.lower()),
            upper: time(description.upper()),
            since: time(description.since()),
            merge_read: None,
        }
    }

    /// The rows of a level.
    fn of(level: usize, report: &LevelReport<u64>) -> Vec<Row> {
        let (holds, merge_read) = match report.state {
            LevelState::Empty => (Holds::NoUpdate, None),
            LevelState::Batch => (Holds::Batch, None),
            LevelState::Merging(MergeReport { updates_read, .. }) => (Holds::Merge, Some(updates_read)),
            LevelState::Waiting => (Holds::Waiting, None),
        };
        let own = Row::new(level, holds, &report.description, report.batch_sizes(), report.sizes());
        let mut rows = vec![Row { merge_read, ..own }];
        if holds == Holds::Merge {
            rows.extend(
                report.batches.iter().zip([Holds::Older, Holds::Newer]).map(|(batch, holds)| {
                    Row::new(level, holds, &batch.description, batch.sizes, batch.sizes)
                }),
            );
        }
        rows
    }

    /// The times, from and to.
    fn bounds(&self) -> String {
        format!("[{}, {})", time(self.lower), time(self.upper))
    }
}

/// A time, or that there is none.
fn time(time: Option<u64>) -> String {
    time.map_or_else(|| "end".to_owned(), |time| time.to_string())
}

/// The rows of all levels, oldest first.
pub(crate) fn rows(report: &Report<u64>) -> Vec<Row> {
    report.levels.iter().enumerate().flat_map(|(level, report)| Row::of(level, report)).collect()
}

/// The rows as a table.
pub(crate) fn as_table(rows: &[Row]) -> Table {
    let header =
        ["level", "holds", "keys", "updates", "used", "reserved", "lower", "upper", "since", "merge"];
    let cells = rows.iter().map(|row| {
        let merge = row.merge_read.map_or_else(String::new, |read| {
            format!("{} of {} read", HumanCount(read as u64), HumanCount(row.updates as u64))
        });
        [
            number(row.level),
            Cell::new(row.holds.name()),
            number(HumanCount(row.keys as u64)),
            number(HumanCount(row.updates as u64)),
            number(HumanBytes(row.bytes_used as u64)),
            number(HumanBytes(row.bytes_reserved as u64)),
            number(time(row.lower)),
            number(time(row.upper)),
            number(time(row.since)),
            Cell::new(merge),
        ]
    });
    table(header, cells)
}

const WIDTH: u32 = 900;
const ROW_HEIGHT: i32 = 26;
/// Where bars begin and the longest ends.
const BARS: (i32, i32) = (110, 600);
const TOP: i32 = 50;
const FONT: &str = "sans-serif";

/// Draws the rows as bars, whose length is the logarithm of their updates, oldest on top. On the bar of a merge is drawn
/// how much of it is done.
pub(crate) fn draw(rows: &[Row]) -> Result<String> {
    let mut svg = String::new();
    let height = TOP + ROW_HEIGHT * rows.len().max(1) as i32 + 20;
    let most = rows.iter().map(|row| row.updates).max().unwrap_or(0);
    // A batch of one update still is to be seen.
    let length = |updates: usize| {
        let part = (updates as f64 + 1.0).ln() / (most as f64 + 1.0).ln().max(f64::MIN_POSITIVE);
        (part * f64::from(BARS.1 - BARS.0)) as i32
    };
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height as u32)).into_drawing_area();
        root.fill(&WHITE)?;
        let levels = rows.iter().map(|row| row.level + 1).max().unwrap_or(0);
        let title =
            format!("{}, by updates (logarithmic), oldest first", plural(levels as u64, "level", "levels"));
        root.draw(&Text::new(title, (10, 14), (FONT, 18)))?;
        let left = TextStyle::from((FONT, 13)).pos(Pos::new(HPos::Left, VPos::Center));
        for (index, row) in rows.iter().enumerate() {
            let top = TOP + ROW_HEIGHT * index as i32;
            let middle = top + ROW_HEIGHT / 2 - 2;
            let is_part = matches!(row.holds, Holds::Older | Holds::Newer);
            let name = if is_part {
                row.holds.name().trim().to_owned()
            } else {
                format!("{} {}", row.level, row.holds.name())
            };
            root.draw(&Text::new(name, (if is_part { 26 } else { 10 }, middle), left.clone()))?;
            let end = BARS.0 + length(row.updates).max(2);
            let bar = |end: i32, style: ShapeStyle| {
                Rectangle::new([(BARS.0, top), (end, top + ROW_HEIGHT - 6)], style)
            };
            match row.merge_read {
                Some(read) => {
                    let share = read as f64 / row.updates.max(1) as f64;
                    let done = BARS.0 + (f64::from(end - BARS.0) * share.min(1.0)) as i32;
                    root.draw(&bar(done, row.holds.colour().filled()))?;
                    root.draw(&bar(end, row.holds.colour().stroke_width(1)))?;
                }
                None => root.draw(&bar(end, row.holds.colour().filled()))?,
            }
            let merge =
                row.merge_read.map_or_else(String::new, |read| format!(", {} read", HumanCount(read as u64)));
            let text = format!(
                "{}{merge}, {}, times {}",
                HumanCount(row.updates as u64),
                HumanBytes(row.bytes_used as u64),
                row.bounds()
            );
            root.draw(&Text::new(text, (end + 8, middle), left.clone()))?;
        }
        root.present()?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrangement::spine::MergePolicy;
    use arrangement::trace::LevelSummary;
    use arrangement::{Arrangement, OrdValSpine};

    /// Merges neighbours and reads ten updates at each insertion.
    #[derive(Debug)]
    struct Slow;
    impl MergePolicy for Slow {
        fn choose(&self, levels: &[LevelSummary]) -> Option<usize> {
            let pair = |pair: &[LevelSummary]| pair.iter().all(|level| level.batches == 1);
            levels.windows(2).position(pair)
        }
        fn fuel(&self, _: usize, _: usize) -> usize {
            10
        }
    }

    #[test]
    fn levels_are_rows_and_bars() {
        let builder = Arrangement::<OrdValSpine<u64, u64, u64, i64>>::builder();
        let mut index = builder.merge_policy(Slow).build();
        assert_eq!(rows(&index.report()), []);
        assert!(draw(&[]).unwrap().contains("no levels"));
        for (time, len) in [(0, 100), (1, 60), (7, 20)] {
            index.extend((0..len).map(|key| ((key, key), time, 1))).unwrap();
            index.advance_to(time + 1).unwrap();
        }
        index.advance_to(Antichain::new()).unwrap();
        let rows = rows(&index.report());
        let seen = |row: &Row| (row.level, row.holds, row.keys, row.updates, row.lower, row.upper);
        let expected = [
            (0, Holds::Merge, 160, 160, Some(0), Some(2)),
            (0, Holds::Older, 100, 100, Some(0), Some(1)),
            (0, Holds::Newer, 60, 60, Some(1), Some(2)),
            (1, Holds::Batch, 20, 20, Some(2), Some(8)),
            (2, Holds::NoUpdate, 0, 0, Some(8), None),
        ];
        assert_eq!(rows.iter().map(seen).collect::<Vec<_>>(), expected);
        let read: Vec<Option<usize>> = rows.iter().map(|row| row.merge_read).collect();
        assert!(matches!(read[..], [Some(10..100), None, None, None, None]), "{read:?}");
        assert!(rows[0].bytes_used > rows[1].bytes_used + rows[2].bytes_used, "what is made counts too");

        let text = as_table(&rows).to_string();
        assert!(text.contains("of 160 read") && text.contains("  older") && text.contains("end"), "{text}");
        let svg = draw(&rows).unwrap();
        for part in ["3 levels", "0 merge", "older", "times [8, end)", "20, "] {
            assert!(svg.contains(part), "{part} is not in {svg}");
        }
    }
}
