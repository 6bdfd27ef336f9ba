//! One run: its options, its sides, and what came of the cases so far.

use crate::contest::{self, Outcome, Repetitions, Table, Target};
use crate::options::{Options, Sizes};
use crate::process;
use anyhow::{Context, Result};
use bench_kit::data::Datum;
use bench_kit::sample::{Contender, Runner};
use bench_kit::side::{Side, Sides};
use std::time::Instant;

/// Picks from all sides those for certain keys and vals.
pub type Of<K, V> = fn(&Sides) -> &[Side<K, V>];

/// One run.
#[derive(Debug)]
pub struct Bench {
    options: Options,
    /// How much of everything.
    pub sizes: Sizes,
    sides: Sides,
    outcomes: Vec<Outcome>,
}

impl Bench {
    /// A run that has not begun.
    pub fn new(options: Options) -> Self {
        let mut sides = bench_ours::sides();
        sides.append(bench_dd026::sides());
        sides.append(bench_dd013::sides());
        sides.append(bench_limits::sides());
        Bench { sizes: options.sizes(), options, sides, outcomes: Vec::new() }
    }

    /// Whether a case is to be run.
    pub fn wants(&self, table: Table, case: &str) -> bool {
        self.options.wants_table(table) && self.options.wants_case(case)
    }

    /// Those sides that are to be run.
    pub fn takers<K: Datum, V: Datum>(&self, of: Of<K, V>) -> Vec<Side<K, V>> {
        of(&self.sides).iter().filter(|side| self.options.wants_side(side.name)).cloned().collect()
    }

    /// The contenders that `run` makes of those sides that are to be run.
    pub fn contenders<K: Datum, V: Datum>(
        &self,
        of: Of<K, V>,
        run: impl Fn(&Side<K, V>) -> Option<Runner<'static>>,
    ) -> Vec<Contender<'static>> {
        self.takers(of).iter().filter_map(|side| side.contender(run(side))).collect()
    }

    /// The cases in the order of their tables.
    pub fn into_outcomes(mut self) -> Vec<Outcome> {
        self.outcomes.sort_by_key(|outcome| outcome.table);
        self.outcomes
    }

    /// Runs a case.
    ///
    /// # Errors
    /// If two contenders did not do the same.
    pub fn case(
        &mut self,
        table: Table,
        case: &str,
        targets: Vec<Target>,
        mut contenders: Vec<Contender<'_>>,
    ) -> Result<()> {
        contenders.retain(|contender| self.options.wants_side(contender.name));
        if contenders.is_empty() {
            return Ok(());
        }
        let start = Instant::now();
        // Bytes are the same each time.
        let repetitions = if table == Table::F { Repetitions::Fixed(1) } else { self.sizes.repetitions };
        let (repetitions, standings) = contest::run(repetitions, &mut contenders)
            .with_context(|| format!("in table {table:?}, {case}"))?;
        eprintln!("{table:?} {case}: {repetitions} times in {:.1} s", start.elapsed().as_secs_f64());
        self.outcomes.push(Outcome { table, case: case.to_owned(), targets, repetitions, standings });
        Ok(())
    }

    /// Runs a case whose sides start each time with a heap that nobody used before: in a process of their own, whose
    /// allocator is left as it is.
    ///
    /// # Errors
    /// If two contenders did not do the same.
    pub fn cold_case(
        &mut self,
        table: Table,
        case: &str,
        targets: Vec<Target>,
        mut contenders: Vec<Contender<'_>>,
    ) -> Result<()> {
        // The other process ends up here too, and runs the only contender it was asked for.
        if !self.options.sample {
            for contender in &mut contenders {
                contender.run = process::runner(self.sizes, table, case, contender.name);
            }
        }
        self.case(table, case, targets, contenders)
    }
}
