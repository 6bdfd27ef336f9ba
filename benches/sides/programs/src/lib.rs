//! Whole programs of differential dataflow 0.26, on its own spines and on ours.
//!
//! A program is written once, over names by which differential dataflow calls its default spine, batcher and builder.
//! A side is where these names come from: swapping the spine changes nothing else.

mod build;
mod drive;

use bench_kit::sample::{Camp, Contender};
use std::fmt;

/// What is computed.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// Edges by source, joined with a changing set of nodes.
    Join,
    /// The same, with strings for nodes.
    StringJoin,
    /// The number of edges of each source.
    Degrees,
    /// The distance of each node from node 0.
    Reach,
    /// The edges between nodes that reach each other.
    Components,
}

/// A program, and how much it is given.
#[derive(Copy, Clone, Debug)]
pub struct Load {
    /// What is computed.
    pub program: Program,
    /// Threads.
    pub workers: usize,
    /// Nodes of the random graph.
    pub nodes: usize,
    /// Edges that are loaded at once.
    pub edges: usize,
    /// Rounds of changes that follow.
    pub rounds: usize,
    /// Changes of a round: half of them take old edges away, half bring new ones.
    pub changes: usize,
}

/// A spine that programs run on.
#[derive(Copy, Clone)]
pub struct Side {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub camp: Camp,
    build: build::Build,
}

impl Side {
    /// This side, ready to run the program, if it can.
    pub fn contender(&self, load: Load) -> Option<Contender<'static>> {
        let make = (self.build)(load.program)?;
        Some(Contender { name: self.name, camp: self.camp, run: Box::new(move |_| drive::run(load, make)) })
    }
}

impl fmt::Debug for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Side({})", self.name)
    }
}

/// All sides.
pub fn sides() -> Vec<Side> {
    let side = |name, camp, build| Side { name, camp, build };
    vec![
        side("ord", Camp::Ours, build::ord),
        side("col", Camp::Ours, build::col),
        side("preferred", Camp::Ours, build::preferred),
        side("dd026 ord", Camp::Peer, build::dd_ord),
        side("dd026 vec", Camp::Peer, build::dd_vec),
        side("dd026 col", Camp::Peer, build::dd_col),
    ]
}
