//! Hand-written limits: what a plain, special-purpose loop achieves on the same data.
//!
//! They store four columns of eight bytes each, or a trie of such, know nothing of frontiers or fuel, and take for
//! granted what the data happen to be: one update a pair, one time. A limit does what its sides do and no more; there is
//! one for each stage, the best we know.

mod columns;
mod merge;
mod sort;
mod spine;
mod trie;

use crate::contents::Contents;
use crate::data::{Datum, Rows, sorted};
use crate::stages::ingest;
use crate::stages::merge as merge_stage;
use crate::stages::side::Side;
use columns::Columns;
use std::rc::Rc;

/// The limits for pairs of numbers: of all stages, and of seeks many at a time.
pub fn pairs() -> Vec<Side<u64, u64>> {
    let limit = Side {
        ingest: Some(|rows, container| {
            ingest::limit(rows, container, sort::radix, Columns::of_rows, Columns::contents)
        }),
        merge: Some(|load| {
            let columns = |rows: &Rows<u64, u64>| Columns::of_rows(&sorted(rows.to_vec()));
            let (one, two) = (columns(&load.one), columns(&load.two));
            merge_stage::limit(load, move || merge::columns(&one, &two), Columns::contents)
        }),
        read: Some(|sets| Rc::new(trie::Tries::new(sets, trie::Probing::Each))),
        spine: Some(spine::runner),
        ..Side::limit("limit")
    };
    let many = Side {
        read: Some(|sets| Rc::new(trie::Tries::new(sets, trie::Probing::Sixteen))),
        ..Side::limit("limit x16")
    };
    vec![limit, many]
}

/// The limit for data of any other type: a plain sort of rows, which leaves them rows.
pub fn rows<K: Datum, V: Datum>() -> Side<K, V> {
    Side {
        ingest: Some(|rows, container| {
            ingest::limit(
                rows,
                container,
                |rows| rows.sort_unstable(),
                |_| (),
                |rows, ()| Contents::of_rows(rows),
            )
        }),
        ..Side::limit("row sort")
    }
}
