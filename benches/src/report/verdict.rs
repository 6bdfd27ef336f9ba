//! How our best stands against a target.

use crate::contest::{Against, Camp, Figure, Outcome, Table, Target};
use serde::Serialize;

/// The side that is the peer's default.
const PEER_DEFAULT: &str = "dd026 ord";

/// One target, and what our best came to.
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
    /// The figure of the peer's default spine, where it takes part.
    pub peer_default: Option<f64>,
    /// The ratio of the peer's default to our worst: no spine of ours should be slower.
    pub worst_to_peer_default: Option<f64>,
}

impl Verdict {
    /// Whether the target is met.
    pub fn is_met(&self) -> bool {
        self.ratio >= self.target
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
    let limit = outcome.best(Camp::Limit, figure).map(|(_, value)| value);
    let (reference, reference_value) = match against {
        Against::BestPeer => {
            outcome.best(Camp::Peer, figure).map(|(name, value)| (name.to_owned(), value))?
        }
        Against::Limit => outcome.best(Camp::Limit, figure).map(|(name, value)| (name.to_owned(), value))?,
        Against::Fixed(most) => ("absolute".to_owned(), most),
        Against::Ours(case) => {
            let other = outcomes.iter().find(|other| other.table == outcome.table && other.case == case)?;
            (format!("{ours} on `{case}`"), other.of(ours, figure)?)
        }
    };
    let worst = outcome.standings.iter().filter(|standing| standing.camp == Camp::Ours);
    let worst = worst.filter_map(|standing| standing.median(figure)).max_by(f64::total_cmp);
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
        ratio: reference_value / value,
        target: ratio,
        peer_default,
        worst_to_peer_default: peer_default.zip(worst).map(|(peer, worst)| peer / worst),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::Checksum;
    use crate::contest::{Spread, Standing};

    fn standing(name: &'static str, camp: Camp, time: f64) -> Standing {
        let spread = Spread { figure: Figure::Time, median: time, least: time, greatest: time };
        Standing { name, camp, spreads: vec![spread], checksum: Checksum { count: 0, diffs: 0, hash: 0 } }
    }

    #[test]
    fn our_best_meets_the_best_peer() {
        let outcome = Outcome {
            table: Table::A,
            case: "x".to_owned(),
            targets: vec![Target::peer(2.0), Target::at_most(Figure::Time, 5.0)],
            standings: vec![
                standing("ord", Camp::Ours, 20.0),
                standing("col", Camp::Ours, 10.0),
                standing("dd026 ord", Camp::Peer, 40.0),
                standing("dd026 vec", Camp::Peer, 30.0),
            ],
        };
        let [peer, fixed] = &Verdict::all(&[outcome])[..] else { panic!("two targets, two verdicts") };
        assert_eq!((peer.ours, &peer.reference[..], peer.ratio), ("col", "dd026 vec", 3.0));
        assert_eq!(peer.worst_to_peer_default, Some(2.0));
        assert!(peer.is_met() && !fixed.is_met());
    }
}
