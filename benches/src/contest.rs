//! A case: several sides do the same work in turn, repetition by repetition.

use crate::contents::Checksum;
use crate::heap;
use anyhow::{Context, Result, ensure};
use serde::Serialize;
use std::fmt;

/// The tables, in the order in which they are printed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[value(rename_all = "UPPER")]
pub enum Table {
    /// Ingest.
    A,
    /// Spine.
    B,
    /// Merge.
    C,
    /// Scan.
    D,
    /// Seek.
    E,
    /// Memory.
    F,
    /// Upkeep.
    H,
}

impl Table {
    /// What is measured.
    pub fn title(self) -> &'static str {
        match self {
            Table::A => "Ingest: containers pushed to the batcher, one seal into a batch",
            Table::B => "Spine: updates inserted batch by batch",
            Table::C => "Merge of two batches, unbounded fuel",
            Table::D => "Scan: all diffs summed",
            Table::E => "Seek: the diffs at each of many keys summed",
            Table::F => "Memory: heap bytes held by a batch",
            Table::H => "Upkeep: costs that must not grow",
        }
    }
}

/// A figure taken of each side. All are costs: less is better.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Figure {
    /// Nanoseconds for each update, or for each seek.
    Time,
    /// The latency that half of the calls keep to, in microseconds.
    P50,
    /// The latency that 99 in 100 calls keep to.
    P99,
    /// The latency that 999 in 1,000 calls keep to.
    P999,
    /// The greatest latency of a call.
    Max,
    /// Heap bytes for each update, beyond those before, at the worst moment.
    Peak,
    /// Heap bytes for each update in the end.
    Held,
    /// As `Held`, of a batch that was merged from two.
    Merged,
    /// How many times more than without the load.
    Growth,
    /// Heap bytes in all.
    Bytes,
}

impl Figure {
    /// The head of its column.
    pub fn label(self) -> &'static str {
        match self {
            Figure::Time => "time",
            Figure::P50 => "p50",
            Figure::P99 => "p99",
            Figure::P999 => "p99.9",
            Figure::Max => "max",
            Figure::Peak => "peak",
            Figure::Held => "held",
            Figure::Merged => "merged",
            Figure::Growth => "growth",
            Figure::Bytes => "bytes",
        }
    }

    /// Its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Figure::Time => "ns",
            Figure::P50 | Figure::P99 | Figure::P999 | Figure::Max => "us",
            Figure::Peak | Figure::Held | Figure::Merged | Figure::Bytes => "B",
            Figure::Growth => "x",
        }
    }
}

/// Whose side it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Camp {
    /// One of our spines.
    Ours,
    /// A spine of differential dataflow.
    Peer,
    /// A plain, special-purpose loop on the same data.
    Limit,
}

/// What a side must keep to.
#[derive(Copy, Clone, Debug)]
pub enum Against {
    /// The best figure among the peers.
    BestPeer,
    /// The figure of the limit.
    Limit,
    /// A fixed figure.
    Fixed(f64),
    /// The best figure of ours in another case of the same table.
    Ours(&'static str),
}

/// A target of ours in one case: the reference divided by our best must not be less than `ratio`.
#[derive(Copy, Clone, Debug)]
pub struct Target {
    /// The figure.
    pub figure: Figure,
    /// The reference.
    pub against: Against,
    /// The least ratio.
    pub ratio: f64,
}

impl Target {
    /// A target for the time: so many times faster than the best peer.
    pub fn peer(ratio: f64) -> Self {
        Target { figure: Figure::Time, against: Against::BestPeer, ratio }
    }

    /// A target in absolute terms: `figure` at most `most`.
    pub fn at_most(figure: Figure, most: f64) -> Self {
        Target { figure, against: Against::Fixed(most), ratio: 1.0 }
    }
}

/// One repetition of one side.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The figures, the same ones in the same order each time.
    pub figures: Vec<(Figure, f64)>,
    /// What all sides must agree on, if it was asked for.
    pub checksum: Option<Checksum>,
}

/// Does the work once; computes the checksum if told so.
pub type Runner<'a> = Box<dyn FnMut(bool) -> Sample + 'a>;

/// A side, ready to run.
pub struct Contender<'a> {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub camp: Camp,
    /// Its work.
    pub run: Runner<'a>,
}

impl fmt::Debug for Contender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contender({})", self.name)
    }
}

/// A figure over all repetitions.
#[derive(Copy, Clone, Debug, Serialize)]
pub struct Spread {
    /// The figure.
    pub figure: Figure,
    /// The median, by which sides are compared.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

/// What one side came to.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub camp: Camp,
    /// Its figures.
    pub spreads: Vec<Spread>,
    /// Its checksum.
    pub checksum: Checksum,
}

impl Standing {
    /// The median of a figure, if it was taken.
    pub fn median(&self, figure: Figure) -> Option<f64> {
        self.spreads.iter().find(|spread| spread.figure == figure).map(|spread| spread.median)
    }
}

/// A case with its results.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The table it belongs to.
    pub table: Table,
    /// Its name.
    pub case: String,
    /// What our best must come to.
    pub targets: Vec<Target>,
    /// All sides, in the order given.
    pub standings: Vec<Standing>,
}

impl Outcome {
    /// The best of a camp by a figure, and that figure.
    pub fn best(&self, camp: Camp, figure: Figure) -> Option<(&'static str, f64)> {
        let of_camp = self.standings.iter().filter(|standing| standing.camp == camp);
        of_camp
            .filter_map(|standing| Some((standing.name, standing.median(figure)?)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// A figure of the side called `name`.
    pub fn of(&self, name: &str, figure: Figure) -> Option<f64> {
        self.standings.iter().find(|standing| standing.name == name)?.median(figure)
    }
}

/// Runs all contenders in turn, `repetitions` times, forwards and backwards, so that none always follows the same other.
///
/// # Errors
/// If their checksums differ.
pub fn run(repetitions: usize, contenders: &mut [Contender<'_>]) -> Result<Vec<Standing>> {
    let mut samples: Vec<Vec<Sample>> = contenders.iter().map(|_| Vec::new()).collect();
    for repetition in 0..repetitions.max(1) {
        for turn in 0..contenders.len() {
            let index = if repetition % 2 == 0 { turn } else { contenders.len() - 1 - turn };
            heap::settle();
            samples[index].push((contenders[index].run)(repetition == 0));
        }
    }
    let standings = contenders.iter().zip(&samples).map(|(contender, samples)| standing(contender, samples));
    let standings: Vec<Standing> = standings.collect::<Result<_>>()?;
    for pair in standings.windows(2) {
        ensure!(
            pair[0].checksum == pair[1].checksum,
            "`{}` and `{}` did not do the same: their checksums are {} and {}",
            pair[0].name,
            pair[1].name,
            pair[0].checksum,
            pair[1].checksum,
        );
    }
    Ok(standings)
}

fn standing(contender: &Contender<'_>, samples: &[Sample]) -> Result<Standing> {
    let name = contender.name;
    let checksum = samples[0].checksum.with_context(|| format!("`{name}` has no checksum"))?;
    let spreads = samples[0].figures.iter().enumerate().map(|(at, (figure, _))| {
        let mut values: Vec<f64> = samples.iter().map(|sample| sample.figures[at].1).collect();
        values.sort_by(f64::total_cmp);
        let (least, greatest) = (values[0], values[values.len() - 1]);
        Spread { figure: *figure, median: values[values.len() / 2], least, greatest }
    });
    Ok(Standing { name, camp: contender.camp, spreads: spreads.collect(), checksum })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contender(name: &'static str, values: &'static [f64], hash: u64) -> Contender<'static> {
        let mut values = values.iter();
        let run = move |check: bool| Sample {
            figures: vec![(Figure::Time, *values.next().unwrap())],
            checksum: check.then_some(Checksum { count: 1, diffs: 1, hash }),
        };
        Contender { name, camp: Camp::Ours, run: Box::new(run) }
    }

    #[test]
    fn the_median_stands() {
        let standings = run(3, &mut [contender("a", &[3.0, 1.0, 2.0], 0)]).unwrap();
        let spread = standings[0].spreads[0];
        assert_eq!((spread.median, spread.least, spread.greatest), (2.0, 1.0, 3.0));
    }

    #[test]
    fn different_work_is_an_error() {
        let mut contenders = [contender("a", &[1.0], 0), contender("b", &[1.0], 1)];
        let error = run(1, &mut contenders).unwrap_err().to_string();
        assert!(error.starts_with("`a` and `b` did not do the same"), "{error}");
    }
}
