//! How our best stands against a target, and the others of ours against the peers' default.

use crate::contest::{Against, Outcome, PEER_DEFAULT, Table, Target};
use bench_kit::sample::{Camp, Figure};
use serde::Serialize;

/// Our side that stores everything in vectors, which must meet the targets for numbers by itself.
const VECTORS: &str = "ord";

/// The ratio below which one is behind another. Bytes of equal layouts, and times, are never quite the same.
const BEHIND: f64 = 0.99;

/// One target, and what we came to.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The table.
    pub table: Table,
    /// The case, with the figure if it is not the time.
    pub case: String,
    /// Our best.
    pub ours: &'static str,
    /// Its figure.
    pub value: f64,
    /// The unit of all figures.
    pub unit: &'static str,
    /// What it is measured against.
    pub reference: String,
    /// The figure of that.
    pub reference_value: f64,
    /// The figure of the limit, where there is one.
    pub limit: Option<f64>,
    /// The reference divided by ours: more is better.
    pub ratio: f64,
    /// The least ratio that is wanted.
    pub target: f64,
    /// The reference divided by our vectors, in cases of numbers, where these must meet the target too.
    pub vectors_ratio: Option<f64>,
    /// Our worst.
    pub worst: &'static str,
    /// The figure of the peers' default, where it takes part.
    pub peer_default: Option<f64>,
    /// The peers' default divided by our worst: less than 1 if a backend of ours is slower or
    /// larger.
    pub worst_ratio: Option<f64>,
}

impl Verdict {
    /// Whether our best meets the target.
    pub fn is_met(&self) -> bool {
        self.ratio >= self.target
    }

    /// Whether our vectors would have to meet the target, and don't.
    pub fn vectors_miss(&self) -> bool {
        self.vectors_ratio.is_some_and(|ratio| ratio < self.target)
    }

    /// Whether a backend of ours is behind the peers' default.
    pub fn trails_default(&self) -> bool {
        self.worst_ratio.is_some_and(|ratio| ratio < BEHIND)
    }

    /// What is to be said, of all of this.
    pub fn remarks(&self) -> String {
        let mut remarks = vec![if self.is_met() { "met" } else { "MISSED" }.to_owned()];
        if self.is_met() && self.vectors_miss() {
            remarks.push("not by vectors".to_owned());
        }
        if self.trails_default() {
            remarks.push(format!("{} BEHIND {PEER_DEFAULT}", self.worst));
        }
        remarks.join(", ")
    }

    /// The verdicts on all targets of the outcomes, but for those that miss a side.
    pub fn all(outcomes: &[Outcome]) -> Vec<Verdict> {
        let targets =
            outcomes.iter().flat_map(|outcome| outcome.targets.iter().map(move |target| (outcome, target)));
        targets.filter_map(|(outcome, target)| verdict(outcomes, outcome, target)).collect()
    }
}

fn verdict(outcomes: &[Outcome], outcome: &Outcome, target: &Target) -> Option<Verdict> {
    let Target { figure, against, ratio } = *target;
    let (ours, value) = outcome.best(Camp::Ours, figure)?;
    let (worst, worst_value) = outcome.worst(Camp::Ours, figure)?;
    let limit = outcome.best(Camp::Limit, figure).map(|(_, value)| value);
    let (reference, reference_value) = reference(outcomes, outcome, against, figure, ours)?;
    let vectors_ratio = outcome.of(VECTORS, figure).filter(|_| of_numbers(outcome)).and_then(|value| {
        let (_, reference) = self::reference(outcomes, outcome, against, figure, VECTORS)?;
        Some(reference / value)
    });
    let peer_default = outcome.of(PEER_DEFAULT, figure);
    let case = match figure {
        Figure::Time => outcome.case.clone(),
        other => format!("{}: {}", outcome.case, other.label()),
    };
    Some(Verdict {
        table: outcome.table,
        case,
        ours,
        value,
        unit: figure.unit(),
        reference,
        reference_value,
        limit,
        ratio: quotient(reference_value, value),
        target: ratio,
        vectors_ratio,
        worst,
        peer_default,
        worst_ratio: peer_default.map(|peer| quotient(peer, worst_value)),
    })
}

/// The quotient of two costs. What costs nothing counts as one, so that the quotient is a number.
fn quotient(reference: f64, ours: f64) -> f64 {
    if ours == 0.0 { reference.max(1.0) } else { reference / ours }
}

/// The name and figure of what `ours` is measured against.
fn reference(
    outcomes: &[Outcome],
    outcome: &Outcome,
    against: Against,
    figure: Figure,
    ours: &str,
) -> Option<(String, f64)> {
    let named = |(name, value): (&str, f64)| (name.to_owned(), value);
    match against {
        Against::BestPeer => outcome.best(Camp::Peer, figure).map(named),
        Against::PeerDefault => {
            outcome.of(PEER_DEFAULT, figure).map(|value| (PEER_DEFAULT.to_owned(), value))
        }
        Against::Limit => outcome.best(Camp::Limit, figure).map(named),
        Against::Fixed(most) => Some(("absolute".to_owned(), most)),
        Against::Ours(case) => {
            let other = outcomes.iter().find(|other| other.table == outcome.table && other.case == case)?;
            Some((format!("{ours} on `{case}`"), other.of(ours, figure)?))
        }
    }
}

/// Whether a case has numbers for keys: those say so in their names, or are of upkeep.
fn of_numbers(outcome: &Outcome) -> bool {
    outcome.table == Table::H || outcome.case.starts_with("u64")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::{Spread, Standing};
    use bench_kit::contents::Checksum;

    fn standing(name: &'static str, camp: Camp, time: f64) -> Standing {
        let spread = Spread { figure: Figure::Time, median: time, least: time, greatest: time };
        Standing { name, camp, spreads: vec![spread], checksum: Checksum { count: 0, diffs: 0, hash: 0 } }
    }

    fn outcome(ord: f64, col: f64) -> Outcome {
        Outcome {
            table: Table::A,
            case: "u64".to_owned(),
            targets: vec![Target::peer(2.0), Target::at_most(Figure::Time, 5.0)],
            repetitions: 1,
            standings: vec![
                standing("ord", Camp::Ours, ord),
                standing("col", Camp::Ours, col),
                standing("dd026 ord", Camp::Peer, 40.0),
                standing("dd026 vec", Camp::Peer, 30.0),
            ],
        }
    }

    #[test]
    fn our_best_meets_the_best_peer() {
        let [peer, fixed] = &Verdict::all(&[outcome(20.0, 10.0)])[..] else {
            panic!("two targets, two verdicts")
        };
        assert_eq!((peer.ours, &peer.reference[..], peer.ratio), ("col", "dd026 vec", 3.0));
        assert_eq!((peer.worst_ratio, peer.vectors_ratio), (Some(2.0), Some(1.5)));
        assert_eq!(peer.remarks(), "met, not by vectors");
        assert_eq!(fixed.remarks(), "MISSED");
    }

    #[test]
    fn a_backend_behind_the_peers_default_is_named() {
        let verdicts = Verdict::all(&[outcome(10.0, 50.0)]);
        assert_eq!(verdicts[0].remarks(), "met, col BEHIND dd026 ord");
    }

    #[test]
    fn what_costs_nothing_has_a_ratio() {
        assert_eq!(quotient(65_536.0, 0.0), 65_536.0);
    }
}
