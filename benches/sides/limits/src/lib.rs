//! Hand-written limits: what a plain, special-purpose loop achieves on the same data.
//!
//! They store four columns of eight bytes each, or a trie of such, know nothing of frontiers or fuel, and take for
//! granted what the data happen to be: one update a pair, one time. There is one for each stage, the best we know.

mod columns;
mod merge;
mod sort;
mod spine;
mod trie;

use bench_kit::contents::Contents;
use bench_kit::data::{Datum, Rows, sorted};
use bench_kit::side::{Side, Sides};
use bench_kit::work;
use columns::Columns;
use std::rc::Rc;

/// All limits. Users' types and strings have one for ingest only: a plain sort, which leaves rows rows.
pub fn sides() -> Sides {
    Sides {
        pairs: vec![pairs()],
        keys: vec![Side {
            ingest: Some(|rows| work::ingest::limit(rows, sort::radix, |rows| Contents::of_rows(rows))),
            ..Side::limit("limit")
        }],
        texts: vec![row_sort()],
        text_keys: vec![],
        places: vec![row_sort()],
        documents: vec![row_sort()],
    }
}

fn pairs() -> Side<u64, u64> {
    Side {
        ingest: Some(|rows| {
            let seal = |rows| Columns::of_rows(&sort::radix(rows));
            work::ingest::limit(rows, seal, Columns::contents)
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
            work::merge::limit(move || merge::merge(&one, &two), updates, Columns::contents)
        }),
        read: Some(|sets| Rc::new(trie::Tries::new(sets))),
        spine: Some(|load| Box::new(move |check| spine::run(load, check))),
        ..Side::limit("limit")
    }
}

fn row_sort<K: Datum, V: Datum>() -> Side<K, V> {
    Side {
        ingest: Some(|rows| work::ingest::limit(rows, sorted, |rows| Contents::of_rows(rows))),
        ..Side::limit("row sort")
    }
}
