//! The command line.

use crate::contest::{Repetitions, Table};
use clap::Parser;
use std::time::Duration;

/// Measures arrangement's spines beside those of differential dataflow and beside hand-written limits.
///
/// All sides of a case take turns in one process on the same data. Figures are processor time of the one thread, medians
/// of the repetitions. The run fails if any two sides did not come to the same checksum.
#[derive(Clone, Debug, Parser)]
#[command(name = "stages")]
pub struct Options {
    /// Sizes so small that times mean nothing: whether all runs, and all sides agree
    #[arg(long, conflicts_with = "full")]
    pub smoke: bool,

    /// The sizes that the targets are stated for: 10m updates, 1m strings, 1m seeks
    #[arg(long)]
    pub full: bool,

    /// Only these tables, of A ingest, B spine, C merge, D scan, E seek, F memory, G programs, H upkeep
    #[arg(long, value_delimiter = ',', ignore_case = true, value_name = "LETTERS")]
    pub table: Vec<Table>,

    /// Only cases whose name contains this; with `=` before it, only the case of this name
    #[arg(long, value_name = "TEXT")]
    pub case: Option<String>,

    /// Only these sides, as they are named in the tables
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub sides: Vec<String>,

    /// Updates with fixed-width keys, such as 10m or 64k
    #[arg(long, value_parser = count, value_name = "N")]
    pub updates: Option<usize>,

    /// Updates with strings or structs, and in cases that take fewer
    #[arg(long, value_parser = count, value_name = "N")]
    pub strings: Option<usize>,

    /// Numbers to seek; of strings a fifth
    #[arg(long, value_parser = count, value_name = "N")]
    pub seeks: Option<usize>,

    /// How often each side runs, instead of up to five times within a time set for each case
    #[arg(long, value_name = "N")]
    pub repetitions: Option<usize>,

    /// Bytes of heap to touch and keep beforehand; 0 for the allocator as it is, which maps large vectors anew
    #[arg(long, value_parser = count, value_name = "BYTES")]
    pub warm: Option<usize>,

    /// One JSON object a line for each target, instead of all else
    #[arg(long)]
    pub json: bool,

    /// Also write RESULTS.md and the plots, unless this is a run of a part, in small or of another form
    #[arg(long)]
    pub write: bool,

    /// The one sample taken, as JSON: how a run asks another process
    #[arg(long, hide = true)]
    pub sample: bool,

    /// What `cargo bench` passes to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

/// How much of everything.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Updates with fixed-width keys.
    pub updates: usize,
    /// Updates with strings, and in cases that take fewer.
    pub strings: usize,
    /// Numbers sought.
    pub seeks: usize,
    /// Repetitions.
    pub repetitions: Repetitions,
    /// Bytes of heap touched.
    pub warm: usize,
}

impl Options {
    /// The sizes asked for.
    pub fn sizes(&self) -> Sizes {
        let within = |seconds| Repetitions::Within(Duration::from_secs(seconds));
        let preset = if self.smoke {
            let repetitions = Repetitions::Fixed(1);
            Sizes { updates: 20_000, strings: 5_000, seeks: 2_000, repetitions, warm: 0 }
        } else if self.full {
            Sizes {
                updates: 10_000_000,
                strings: 1_000_000,
                seeks: 1_000_000,
                repetitions: within(40),
                warm: 3_000_000_000,
            }
        } else {
            Sizes {
                updates: 1_000_000,
                strings: 200_000,
                seeks: 100_000,
                repetitions: within(6),
                warm: 500_000_000,
            }
        };
        Sizes {
            updates: self.updates.unwrap_or(preset.updates),
            strings: self.strings.unwrap_or(preset.strings),
            seeks: self.seeks.unwrap_or(preset.seeks),
            repetitions: self.repetitions.map_or(preset.repetitions, Repetitions::Fixed),
            warm: self.warm.unwrap_or(preset.warm),
        }
    }

    /// Whether a table is wanted.
    pub fn wants_table(&self, table: Table) -> bool {
        self.table.is_empty() || self.table.contains(&table)
    }

    /// Whether a case is wanted.
    pub fn wants_case(&self, case: &str) -> bool {
        self.case.as_ref().is_none_or(|text| match text.strip_prefix('=') {
            Some(name) => case == name,
            None => case.contains(text),
        })
    }

    /// Whether a side is wanted.
    pub fn wants_side(&self, name: &str) -> bool {
        self.sides.is_empty() || self.sides.iter().any(|side| side == name)
    }

    /// Whether results are to be written: of all tables, cases and sides, in a form to read.
    pub fn writes(&self) -> bool {
        let whole = !self.smoke && !self.json;
        self.write && whole && self.table.is_empty() && self.case.is_none() && self.sides.is_empty()
    }
}

/// Reads `10000000`, `10m`, `64k` or `1e7`.
fn count(text: &str) -> Result<usize, String> {
    let lower = text.to_ascii_lowercase();
    let (digits, unit) = match lower.strip_suffix(['k', 'm', 'g']) {
        Some(digits) if lower.ends_with('k') => (digits, 1e3),
        Some(digits) if lower.ends_with('m') => (digits, 1e6),
        Some(digits) => (digits, 1e9),
        None => (lower.as_str(), 1.0),
    };
    match digits.parse::<f64>() {
        Ok(number) if (0.0..1e15).contains(&(number * unit)) => Ok((number * unit).round() as usize),
        _ => Err(format!("`{text}` is not a number such as 1000, 64k or 10m")),
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn counts_have_units() {
        assert_eq!(
            ["0", "1000", "64k", "1.5M", "1e7", "3g"].map(|text| count(text).unwrap()),
            [0, 1_000, 64_000, 1_500_000, 10_000_000, 3_000_000_000]
        );
        assert!(["", "k", "-1", "ten", "nan"].iter().all(|text| count(text).is_err()));
    }
}
