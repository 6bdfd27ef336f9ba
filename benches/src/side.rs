//! A side: what takes part in cases under one name, be it a storage kind or a limit.

use crate::contest::{Camp, Contender, Runner};
use crate::data::{Datum, Rows};
use crate::kind::Kind;
use crate::stages::reading::{self, Reader};
use crate::stages::{ingest, memory, merge, spine, upkeep};
use std::fmt;
use std::rc::Rc;

/// A side for keys `K` and vals `V`, with what it can do. What it can't is `None`.
pub struct Side<K, V> {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub camp: Camp,
    /// Makes a batch of rows pushed in containers of so many.
    pub ingest: Option<fn(Rows<K, V>, usize) -> Runner<'static>>,
    /// Inserts batches into a spine.
    pub spine: Option<fn(spine::Load) -> Runner<'static>>,
    /// Merges two batches.
    pub merge: Option<fn(&merge::Load<K, V>) -> Runner<'static>>,
    /// Holds a batch of each set of rows for reading.
    pub read: Option<fn(&[Rows<K, V>]) -> Rc<dyn Reader<K>>>,
    /// Holds a batch of rows, and one merged from two.
    pub memory: Option<fn(Rows<K, V>) -> Runner<'static>>,
    /// What must not grow.
    pub upkeep: Option<upkeep::Cases>,
}

impl<K: Datum, V: Datum> Side<K, V> {
    /// A limit, which so far can do nothing.
    pub fn limit(name: &'static str) -> Self {
        Side {
            name,
            camp: Camp::Limit,
            ingest: None,
            spine: None,
            merge: None,
            read: None,
            memory: None,
            upkeep: None,
        }
    }

    /// A storage kind that takes part in everything.
    pub fn of<T: Kind<Key = K, Val = V>>(name: &'static str, camp: Camp) -> Self {
        Side {
            spine: Some(|load| Box::new(move |check| spine::run::<T>(load, check))),
            merge: Some(merge::runner::<T>),
            read: Some(reading::reader::<T>),
            ..Self::ingesting::<T>(name, camp)
        }
    }

    /// A storage kind that takes part in the making of batches only.
    pub fn ingesting<T: Kind<Key = K, Val = V>>(name: &'static str, camp: Camp) -> Self {
        Side {
            camp,
            ingest: Some(ingest::runner::<T>),
            memory: Some(memory::runner::<T>),
            ..Self::limit(name)
        }
    }

    /// This side, if it takes part, with what it runs.
    pub fn contender<'a>(&self, run: Option<Runner<'a>>) -> Option<Contender<'a>> {
        Some(Contender { name: self.name, camp: self.camp, run: run? })
    }
}

impl<K, V> fmt::Debug for Side<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Side({})", self.name)
    }
}
