//! Hand-written limits: what a plain, special-purpose loop achieves on the same data.
//!
//! They store four columns of eight bytes each, or a trie of such, know nothing of frontiers or fuel, and take for
//! granted what the data happen to be: one update a pair, one time. There is one for each stage, the best we know.

mod columns;
mod merge;
mod sort;
mod spine;
mod trie;

use crate::contents::Contents;
use crate::data::{Datum, Rows, sorted};
use crate::side::Side;
use crate::stages;
use columns::Columns;
use std::rc::Rc;

/// The limits for pairs of numbers: of all stages, and of seeks sixteen at a time.
pub fn pairs() -> Vec<Side<u64, u64>> {
    let limit = Side {
        ingest: Some(|rows| {
            let seal = |rows| Columns::of_rows(&sort::radix(rows));
            stages::ingest::limit(rows, seal, Columns::contents)
        }),
        merge: Some(|load| {
            // The limit advances no times: they are advanced beforehand.
            let columns = |rows: &Rows<u64, u64>| {
                let mut columns = Columns::of_rows(&sorted(rows.to_vec()));
                columns.times.fill(load.since);
                columns
            };
            let (one, two) = (columns(&load.one), columns(&load.two));
            let updates = one.len() + two.len();
            stages::merge::limit(move || merge::merge(&one, &two), updates, Columns::contents)
        }),
        read: Some(|sets| Rc::new(trie::Tries::new(sets, trie::Probing::Single))),
        spine: Some(|load| Box::new(move |check| spine::run(load, check))),
        ..Side::limit("limit")
    };
    let sixteen = Side {
        read: Some(|sets| Rc::new(trie::Tries::new(sets, trie::Probing::Sixteen))),
        ..Side::limit("limit x16")
    };
    vec![limit, sixteen]
}

/// The limit for other types: a plain sort, which leaves rows rows.
pub fn row_sort<K: Datum, V: Datum>() -> Side<K, V> {
    Side {
        ingest: Some(|rows| stages::ingest::limit(rows, sorted, |rows| Contents::of_rows(rows))),
        ..Side::limit("row sort")
    }
}
