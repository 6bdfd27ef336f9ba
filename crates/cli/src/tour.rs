//! The tour: the sample data loaded into the default spine, and real questions answered from it.

use crate::args::{ColumnArgs, InputArgs, OnError, Span};
use crate::index::{Backend, Index, Task};
use crate::input::Updates;
use crate::load;
use crate::query::{self, Keys};
use crate::report::{self, number, signed, table, text};
use anyhow::Result;
use indicatif::HumanCount;
use std::io::Write;

/// The releases, by time.
const RELEASES: [&str; 3] = ["bullseye", "bookworm", "trixie"];
const BOOKWORM: u64 = 1;
const TRIXIE: u64 = 2;

/// How many of the packages with most dependencies are shown.
const TOP: usize = 5;

/// Prints the tour.
pub(crate) fn run(out: &mut dyn Write) -> Result<()> {
    Backend::default().run(Tour { out })
}

struct Tour<'a> {
    out: &'a mut dyn Write,
}

impl Task for Tour<'_> {
    type Output = Result<()>;

    fn run<S: Index>(self) -> Result<()> {
        let Tour { out } = self;
        writeln!(
            out,
            "Which package depends on which, in three releases of Debian: bullseye, bookworm, trixie."
        )?;
        writeln!(
            out,
            "Updates are ((package, dependency), release, +1 or -1), the releases times 0, 1 and 2."
        )?;
        writeln!(out)?;
        out.flush()?;

        let input = InputArgs {
            sample: true,
            columns: ColumnArgs::default(),
            header: false,
            no_header: true,
            delimiter: None,
            on_error: OnError::Stop,
        };
        let backend = Backend::default();
        let updates = Updates::new(input, Vec::new())?;
        let (trace, summary) = load::load::<S>(updates, backend, 1)?;
        writeln!(out, "Loaded into the default spine, {}", backend.alias())?;
        writeln!(out, "{}", report::summary_table(&summary))?;

        dependencies(out, &trace, "bash")?;
        changed(out, &trace, "bash")?;
        changed(out, &trace, "apt")?;
        most(out, &trace)?;
        pairs(out, &trace)?;

        writeln!(out)?;
        let program = std::env::args().next().unwrap_or_else(|| "arrangement".to_owned());
        writeln!(out, "Ask more of the same data, or of your own files (see `{program} load --help`):")?;
        writeln!(out, "  {program} load --sample --get bash --at 1")?;
        writeln!(out, "  {program} load --sample --history apt --prefix dpkg --top 10")?;
        writeln!(out, "  {program} compare")?;
        Ok(())
    }
}

fn dependencies<S: Index>(out: &mut dyn Write, trace: &S, package: &str) -> Result<()> {
    writeln!(out)?;
    writeln!(out, "What did {package} depend on in each release?")?;
    let rows = (0..).zip(RELEASES).map(|(time, release)| {
        let vals = query::get(trace, package, time).unwrap_or_default();
        let names: Vec<String> = vals.into_iter().map(|row| row.val).collect();
        [text(release), text(&names.join(", "))]
    });
    writeln!(out, "{}", table(["release", "dependencies"], rows))?;
    Ok(())
}

fn changed<S: Index>(out: &mut dyn Write, trace: &S, package: &str) -> Result<()> {
    writeln!(out)?;
    writeln!(out, "What changed for {package} between bookworm and trixie?")?;
    let span = Span { from: Some(BOOKWORM), to: Some(TRIXIE) };
    let changes = query::changes(trace, Keys::One(package), span);
    if changes.is_empty() {
        writeln!(out, "Nothing: not a dependency was added or dropped.")?;
    } else {
        let rows = changes.iter().map(|change| [text(&change.val), signed(change.diff)]);
        writeln!(out, "{}", table(["dependency", "change"], rows))?;
    }
    Ok(())
}

fn most<S: Index>(out: &mut dyn Write, trace: &S) -> Result<()> {
    writeln!(out)?;
    writeln!(out, "Which packages have the most dependencies in trixie?")?;
    let top = query::top(trace, TOP, TRIXIE);
    let rows = top.iter().map(|row| [text(&row.key), number(row.vals)]);
    writeln!(out, "{}", table(["package", "dependencies"], rows))?;
    Ok(())
}

fn pairs<S: Index>(out: &mut dyn Write, trace: &S) -> Result<()> {
    writeln!(out)?;
    writeln!(out, "How many pairs of package and dependency does each release hold?")?;
    let census = query::census(trace, &[0, 1, 2]);
    let rows = RELEASES.iter().zip(census.pairs_at);
    let rows = rows.map(|(release, pairs)| [text(release), number(HumanCount(pairs as u64))]);
    writeln!(out, "{}", table(["release", "pairs"], rows))?;
    Ok(())
}
