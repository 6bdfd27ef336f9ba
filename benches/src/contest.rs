//! A case: several sides do the same work in turn, repetition by repetition.

use anyhow::{Context, Result, ensure};
use bench_kit::contents::Checksum;
use bench_kit::heap;
use bench_kit::sample::{Camp, Contender, Figure, Sample};
use serde::Serialize;
use std::time::{Duration, Instant};

/// The side that is the peers' default.
pub const PEER_DEFAULT: &str = "dd026 ord";

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
    /// Whole programs.
    G,
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
            Table::G => "Programs of differential dataflow: loaded, then changed in rounds",
            Table::H => "Upkeep: costs that must not grow",
        }
    }
}

/// What a side must keep to.
#[derive(Copy, Clone, Debug)]
pub enum Against {
    /// The best figure among the peers.
    BestPeer,
    /// The figure of [`PEER_DEFAULT`].
    PeerDefault,
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

    /// A target for the time: no more than that of the peers' default.
    pub fn peer_default() -> Self {
        Target { figure: Figure::Time, against: Against::PeerDefault, ratio: 1.0 }
    }

    /// A target for the time: so many times that of the limit, at most.
    pub fn limit(times: f64) -> Self {
        Target { figure: Figure::Time, against: Against::Limit, ratio: 1.0 / times }
    }

    /// A target for the time: so many times that of ours in another case of the table, at most.
    pub fn ours(case: &'static str, times: f64) -> Self {
        Target { figure: Figure::Time, against: Against::Ours(case), ratio: 1.0 / times }
    }

    /// A target in absolute terms: `figure` at most `most`.
    pub fn at_most(figure: Figure, most: f64) -> Self {
        Target { figure, against: Against::Fixed(most), ratio: 1.0 }
    }
}

/// A figure over all repetitions.
#[derive(Copy, Clone, Debug)]
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
    /// How often each side ran.
    pub repetitions: usize,
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

    /// The worst of a camp by a figure, and that figure.
    pub fn worst(&self, camp: Camp, figure: Figure) -> Option<(&'static str, f64)> {
        let of_camp = self.standings.iter().filter(|standing| standing.camp == camp);
        of_camp
            .filter_map(|standing| Some((standing.name, standing.median(figure)?)))
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// A figure of the side called `name`.
    pub fn of(&self, name: &str, figure: Figure) -> Option<f64> {
        self.standings.iter().find(|standing| standing.name == name)?.median(figure)
    }
}

/// How often the sides of a case run.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Repetitions {
    /// So often.
    Fixed(usize),
    /// Once, or three or five times if that is likely to take no longer than this.
    Within(Duration),
}

impl Repetitions {
    /// How often all are to run, if they ran `done` times in so long. Odd, so that the median is one of the figures.
    fn count(self, done: usize, elapsed: Duration) -> usize {
        match (self, done) {
            (Repetitions::Fixed(count), _) => count,
            // The first time takes longer, for the checksums.
            (Repetitions::Within(budget), 1) if elapsed * 2 <= budget => 3,
            (Repetitions::Within(budget), 3) if elapsed * 5 / 3 <= budget => 5,
            (Repetitions::Within(_), 2 | 4) => done + 1,
            (Repetitions::Within(_), _) => done,
        }
    }
}

/// Runs all contenders in turn, forwards and backwards, so that none always follows the same other. Returns how often
/// each ran, and what it came to.
///
/// # Errors
/// If their checksums differ.
pub fn run(repetitions: Repetitions, contenders: &mut [Contender<'_>]) -> Result<(usize, Vec<Standing>)> {
    let mut samples: Vec<Vec<Sample>> = contenders.iter().map(|_| Vec::new()).collect();
    let start = Instant::now();
    let (mut done, mut count) = (0, 1);
    while done < count {
        for turn in 0..contenders.len() {
            let index = if done % 2 == 0 { turn } else { contenders.len() - 1 - turn };
            heap::settle();
            samples[index].push((contenders[index].run)(done == 0));
        }
        done += 1;
        count = repetitions.count(done, start.elapsed());
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
    Ok((done, standings))
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
        let (_, standings) = run(Repetitions::Fixed(3), &mut [contender("a", &[3.0, 1.0, 2.0], 0)]).unwrap();
        let spread = standings[0].spreads[0];
        assert_eq!((spread.median, spread.least, spread.greatest), (2.0, 1.0, 3.0));
    }

    #[test]
    fn different_work_is_an_error() {
        let mut contenders = [contender("a", &[1.0], 0), contender("b", &[1.0], 1)];
        let error = run(Repetitions::Fixed(1), &mut contenders).unwrap_err().to_string();
        assert!(error.starts_with("`a` and `b` did not do the same"), "{error}");
    }

    #[test]
    fn repetitions_keep_to_their_time() {
        let within = |done, seconds| {
            Repetitions::Within(Duration::from_secs(10)).count(done, Duration::from_secs(seconds))
        };
        assert_eq!([within(1, 5), within(1, 6)], [3, 1]);
        assert_eq!([within(2, 100), within(4, 100)], [3, 5]);
        assert_eq!([within(3, 6), within(3, 7), within(5, 0)], [5, 3, 5]);
    }
}
