//! A side: what takes part in cases under one name, be it a storage kind or a limit.

use crate::data::{Datum, Document, Place, Rows};
use crate::kind::Kind;
use crate::sample::{Camp, Contender, Runner};
use crate::work::reading::Reader;
use crate::work::{ingest, memory, merge, reading, spine, upkeep};
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
    pub memory: Option<fn(memory::Load<K, V>) -> Runner<'static>>,
    /// Does a task that must not cost more the more is held.
    pub upkeep: Option<fn(upkeep::Task) -> Runner<'static>>,
}

impl<K: Datum, V: Datum> Side<K, V> {
    /// A limit, which so far can do nothing.
    pub fn limit(name: &'static str) -> Self {
        let camp = Camp::Limit;
        Side { name, camp, ingest: None, spine: None, merge: None, read: None, memory: None, upkeep: None }
    }

    /// A storage kind that takes part in everything but upkeep.
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

impl Side<u64, u64> {
    /// A storage kind that takes part in everything.
    pub fn of_all<T: Kind<Key = u64, Val = u64>>(name: &'static str, camp: Camp) -> Self {
        Side { upkeep: Some(upkeep::runner::<T>), ..Self::of::<T>(name, camp) }
    }
}

impl<K, V> Clone for Side<K, V> {
    fn clone(&self) -> Self {
        Side { ..*self }
    }
}

impl<K, V> fmt::Debug for Side<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Side({})", self.name)
    }
}

/// Sides by the keys and vals they are for, in the order in which they are listed.
#[derive(Clone, Debug, Default)]
pub struct Sides {
    /// Those for pairs of numbers.
    pub pairs: Vec<Side<u64, u64>>,
    /// Those for numbers alone.
    pub keys: Vec<Side<u64, ()>>,
    /// Those for pairs of strings.
    pub texts: Vec<Side<String, String>>,
    /// Those for strings alone.
    pub text_keys: Vec<Side<String, ()>>,
    /// Those for a user's small keys.
    pub places: Vec<Side<Place, u64>>,
    /// Those for a user's keys with parts on the heap.
    pub documents: Vec<Side<Document, u64>>,
}

impl Sides {
    /// Appends others.
    pub fn append(&mut self, other: Sides) {
        self.pairs.extend(other.pairs);
        self.keys.extend(other.keys);
        self.texts.extend(other.texts);
        self.text_keys.extend(other.text_keys);
        self.places.extend(other.places);
        self.documents.extend(other.documents);
    }
}
