//! A side: what takes part in cases under one name, be it a storage kind or a limit.

use crate::contest::{Camp, Contender, Runner};
use crate::data::{Datum, Document, Place, Rows};
use crate::kind::Kind;
use crate::kinds::{dd013, dd026, ours};
use crate::limits;
use crate::stages::reading::{self, Reader};
use crate::stages::{ingest, memory, merge, spine};
use std::fmt;
use std::rc::Rc;

/// A side for keys `K` and vals `V`, with what it can do. What it can't is `None`.
pub struct Side<K, V> {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub camp: Camp,
    /// Makes a batch of rows pushed in containers.
    pub ingest: Option<fn(Rows<K, V>) -> Runner<'static>>,
    /// Inserts batches into a spine.
    pub spine: Option<fn(spine::Load) -> Runner<'static>>,
    /// Merges two batches.
    pub merge: Option<fn(&merge::Load<K, V>) -> Runner<'static>>,
    /// Holds a batch of each set of rows for reading.
    pub read: Option<fn(&[Rows<K, V>]) -> Rc<dyn Reader<K>>>,
    /// Holds a batch of rows, and one merged from two.
    pub memory: Option<fn(Rows<K, V>) -> Runner<'static>>,
}

impl<K: Datum, V: Datum> Side<K, V> {
    /// A limit, which so far can do nothing.
    pub fn limit(name: &'static str) -> Self {
        Side { name, camp: Camp::Limit, ingest: None, spine: None, merge: None, read: None, memory: None }
    }

    /// A storage kind that takes part in everything.
    pub fn of<T: Kind<Key = K, Val = V>>(name: &'static str, camp: Camp) -> Self {
        Side {
            spine: Some(|load| Box::new(move |check| spine::run::<T>(load, check))),
            merge: Some(merge::runner::<T>),
            read: Some(reading::reader::<T>),
            ..Self::making::<T>(name, camp)
        }
    }

    /// A storage kind that takes part in the making of batches only.
    pub fn making<T: Kind<Key = K, Val = V>>(name: &'static str, camp: Camp) -> Self {
        let (ingest, memory) =
            (Some(ingest::runner::<T> as fn(_) -> _), Some(memory::runner::<T> as fn(_) -> _));
        Side { camp, ingest, memory, ..Self::limit(name) }
    }

    /// This side with what it runs, if it takes part.
    pub fn contender<'a>(&self, run: Option<Runner<'a>>) -> Option<Contender<'a>> {
        Some(Contender { name: self.name, camp: self.camp, run: run? })
    }
}

impl<K, V> fmt::Debug for Side<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Side({})", self.name)
    }
}

/// The sides for pairs of numbers.
pub fn pairs() -> Vec<Side<u64, u64>> {
    let mut sides = vec![
        Side::of::<ours::OrdPair>("ord", Camp::Ours),
        Side::of::<ours::ColPair>("col", Camp::Ours),
        Side::of::<ours::FlatPair>("flat", Camp::Ours),
        Side::of::<ours::PreferredPair>("preferred", Camp::Ours),
        Side::of::<dd026::OrdPair>("dd026 ord", Camp::Peer),
        Side::of::<dd026::VecPair>("dd026 vec", Camp::Peer),
        Side::of::<dd026::ColumnarPair>("dd026 col", Camp::Peer),
        Side::of::<dd013::OrdPair>("dd013 ord", Camp::Peer),
        Side::of::<dd013::ColPair>("dd013 col", Camp::Peer),
        Side::of::<dd013::FlatPair>("dd013 flat", Camp::Peer),
    ];
    sides.extend(limits::pairs());
    sides
}

/// The sides for pairs of strings.
pub fn texts() -> Vec<Side<String, String>> {
    vec![
        Side::of::<ours::OrdText>("ord", Camp::Ours),
        Side::of::<ours::ColText>("col", Camp::Ours),
        Side::of::<ours::FlatText>("flat", Camp::Ours),
        Side::of::<ours::PreferredText>("preferred", Camp::Ours),
        Side::of::<dd026::OrdText>("dd026 ord", Camp::Peer),
        Side::of::<dd026::VecText>("dd026 vec", Camp::Peer),
        Side::of::<dd026::ColumnarText>("dd026 col", Camp::Peer),
        Side::of::<dd013::OrdText>("dd013 ord", Camp::Peer),
        Side::of::<dd013::ColText>("dd013 col", Camp::Peer),
        Side::of::<dd013::FlatText>("dd013 flat", Camp::Peer),
        limits::row_sort(),
    ]
}

/// The sides for numbers alone.
pub fn keys() -> Vec<Side<u64, ()>> {
    vec![
        Side::making::<ours::OrdKey>("ord", Camp::Ours),
        Side::making::<ours::ColKey>("col", Camp::Ours),
        Side::making::<ours::FlatKey>("flat", Camp::Ours),
        Side::making::<ours::PreferredKey>("preferred", Camp::Ours),
        Side::making::<dd026::OrdKey>("dd026 ord", Camp::Peer),
        Side::making::<dd026::VecKey>("dd026 vec", Camp::Peer),
        Side::making::<dd013::OrdKey>("dd013 ord", Camp::Peer),
        Side::making::<dd013::ColKey>("dd013 col", Camp::Peer),
        limits::row_sort(),
    ]
}

/// The sides for strings alone.
pub fn text_keys() -> Vec<Side<String, ()>> {
    vec![
        Side::making::<ours::OrdTextKey>("ord", Camp::Ours),
        Side::making::<ours::ColTextKey>("col", Camp::Ours),
        Side::making::<ours::FlatTextKey>("flat", Camp::Ours),
        Side::making::<ours::PreferredTextKey>("preferred", Camp::Ours),
        Side::making::<dd026::OrdTextKey>("dd026 ord", Camp::Peer),
        Side::making::<dd026::VecTextKey>("dd026 vec", Camp::Peer),
        Side::making::<dd013::OrdTextKey>("dd013 ord", Camp::Peer),
        Side::making::<dd013::ColTextKey>("dd013 col", Camp::Peer),
        limits::row_sort(),
    ]
}

/// The sides for a user's small keys.
pub fn places() -> Vec<Side<Place, u64>> {
    vec![
        Side::making::<ours::OrdPlace>("ord", Camp::Ours),
        Side::making::<dd026::OrdPlace>("dd026 ord", Camp::Peer),
        Side::making::<dd026::VecPlace>("dd026 vec", Camp::Peer),
        Side::making::<dd013::OrdPlace>("dd013 ord", Camp::Peer),
        limits::row_sort(),
    ]
}

/// The sides for a user's keys with parts on the heap.
pub fn documents() -> Vec<Side<Document, u64>> {
    vec![
        Side::making::<ours::OrdDocument>("ord", Camp::Ours),
        Side::making::<dd026::OrdDocument>("dd026 ord", Camp::Peer),
        Side::making::<dd026::VecDocument>("dd026 vec", Camp::Peer),
        Side::making::<dd013::OrdDocument>("dd013 ord", Camp::Peer),
        limits::row_sort(),
    ]
}
