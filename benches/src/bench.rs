//! One run: its options, and what came of the cases so far.

use crate::contest::{self, Contender, Outcome, Runner, Table, Target};
use crate::data::Datum;
use crate::options::{Options, Sizes};
use crate::side::Side;
use anyhow::{Context, Result};

/// One run.
#[derive(Debug)]
pub struct Bench {
    options: Options,
    /// How much of everything.
    pub sizes: Sizes,
    outcomes: Vec<Outcome>,
}

impl Bench {
    /// A run that has not begun.
    pub fn new(options: Options) -> Self {
        Bench { sizes: options.sizes(), options, outcomes: Vec::new() }
    }

    /// Whether a case is to be run.
    pub fn wants(&self, table: Table, case: &str) -> bool {
        self.options.wants_table(table) && self.options.wants_case(case)
    }

    /// Those sides that are to be run.
    pub fn takers<K, V>(&self, mut sides: Vec<Side<K, V>>) -> Vec<Side<K, V>> {
        sides.retain(|side| self.options.wants_side(side.name));
        sides
    }

    /// The contenders that `run` makes of those sides that are to be run.
    pub fn contenders<K: Datum, V: Datum>(
        &self,
        sides: Vec<Side<K, V>>,
        run: impl Fn(&Side<K, V>) -> Option<Runner<'static>>,
    ) -> Vec<Contender<'static>> {
        self.takers(sides).iter().filter_map(|side| side.contender(run(side))).collect()
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
        eprintln!("{table:?} {case}");
        let standings = contest::run(self.sizes.repetitions, &mut contenders)
            .with_context(|| format!("in table {table:?}, {case}"))?;
        self.outcomes.push(Outcome { table, case: case.to_owned(), targets, standings });
        Ok(())
    }
}
