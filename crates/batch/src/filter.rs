//! Which keys a storage surely has not.
//!
//! A key that is sought in several batches is mostly in one of them. Where a seek is dear, of keys whose words do not tell
//! them apart, a storage so has a *filter*: a Bloom filter of one word a key (Putze, Sanders and Singler, "Cache-, Hash- and
//! Space-Efficient Bloom Filters", 2007), which takes a hundredth of the storage. Merges do not make it, as most of what they
//! write is merged again before it is asked. The first to ask do, each adding a few keys: so nobody waits for it, and a
//! storage of which nothing is sought has none.

use arrangement_container::{BatchContainer, SortWords, Words};
use arrangement_trace::Sizes;
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Mutex, OnceLock};

/// Storages with fewer keys have no filter: a seek costs as much.
const LEAST_KEYS: usize = 64;
/// A filter is begun when as many keys were sought as one in so many that there are.
const PATIENCE: usize = 64;
/// How many keys are added at once.
const ADDED: usize = 64;

/// A filter, or as much of it as is made.
#[derive(Debug, Default)]
pub(crate) struct KeyFilter {
    bits: OnceLock<Bits>,
    making: Mutex<Making>,
}

/// A filter in the making.
#[derive(Debug, Default)]
struct Making {
    asked: usize,
    /// The keys that are in it.
    keys: usize,
    bits: Bits,
}

/// For each key three bits of one word, which its hash says.
#[derive(Debug, Default)]
struct Bits(Vec<u64>);

/// The hash by which a filter knows a key; `None` of keys that no filter is made of.
#[inline]
pub(crate) fn hash<C: BatchContainer, W: SortWords<C>>(key: C::ReadItem<'_>) -> Option<u64> {
    if W::kind() != Words::Lossy {
        return None;
    }
    // Keys whose words say more the deeper they begin are byte strings, and agree with themselves in all their bytes.
    let bytes = C::common_prefix(C::reborrow(key), C::reborrow(key)).unwrap_or(0);
    let mut hasher = FixedState::default().build_hasher();
    for depth in (0..bytes.max(1)).step_by(8) {
        hasher.write_u64(W::word(C::reborrow(key), depth));
    }
    Some(hasher.finish())
}

impl KeyFilter {
    /// Whether a storage of these keys, which takes so many `bytes` in all, may have one of this hash: `false` is certain.
    #[inline]
    pub(crate) fn may_have<C: BatchContainer, W: SortWords<C>>(
        &self,
        keys: &C,
        bytes: impl FnOnce() -> usize,
        hash: u64,
    ) -> bool {
        match self.bits.get() {
            Some(bits) => bits.may_have(hash),
            None => {
                self.go_on::<C, W>(keys, bytes);
                true
            }
        }
    }

    /// Adds some keys, unless another thread just does.
    #[inline(never)]
    fn go_on<C: BatchContainer, W: SortWords<C>>(&self, keys: &C, bytes: impl FnOnce() -> usize) {
        if keys.len() < LEAST_KEYS || W::kind() != Words::Lossy {
            return;
        }
        let Ok(mut making) = self.making.try_lock() else { return };
        making.asked += 1;
        if making.asked * PATIENCE < keys.len() || self.bits.get().is_some() {
            return;
        }
        if making.keys == 0 {
            making.bits = Bits::of(keys.len(), bytes());
        }
        let added = making.keys..(making.keys + ADDED).min(keys.len());
        making.keys = added.end;
        added.filter_map(|at| hash::<C, W>(keys.index(at))).for_each(|hash| making.bits.add(hash));
        if making.keys == keys.len() {
            // The lock is held, so nobody else has set it.
            let _: Result<(), Bits> = self.bits.set(std::mem::take(&mut making.bits));
        }
    }

    /// The size.
    pub(crate) fn sizes(&self) -> Sizes {
        let made = self.bits.get().map_or(Sizes::default(), |bits| Sizes::of_vec(&bits.0));
        let making = self.making.try_lock().map_or(Sizes::default(), |making| Sizes::of_vec(&making.bits.0));
        made.with(making)
    }
}

impl Bits {
    /// Bits for so many keys of a storage that takes so many bytes, about a hundredth of that; none if that leaves so few
    /// for a key that a filter would be wrong as often as right.
    fn of(keys: usize, bytes: usize) -> Self {
        let bits = match bytes / keys / 10 {
            0..3 => 0,
            bits => bits.min(10),
        };
        Bits(vec![0; (keys * bits).div_ceil(64)])
    }

    /// The word of a hash, and its bits there.
    #[inline(always)]
    fn place(&self, hash: u64) -> (usize, u64) {
        let word = (u128::from(hash) * self.0.len() as u128) >> 64;
        let bit = |shift: u32| 1 << (hash >> shift & 63);
        (word as usize, bit(0) | bit(6) | bit(12))
    }

    fn add(&mut self, hash: u64) {
        let (place, bits) = self.place(hash);
        if let Some(word) = self.0.get_mut(place) {
            *word |= bits;
        }
    }

    #[inline(always)]
    fn may_have(&self, hash: u64) -> bool {
        let (word, bits) = self.place(hash);
        self.0.get(word).is_none_or(|word| word & bits == bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrangement_container::{ByContainer, SliceContainer};

    type Texts = SliceContainer<str>;

    fn column(texts: &[String]) -> Texts {
        let mut column = Texts::default();
        texts.iter().for_each(|text| column.push(text));
        column
    }

    /// Asks so often that the filter is made, and returns how often that was.
    fn make(filter: &KeyFilter, keys: &Texts) -> usize {
        let unsought = hash::<Texts, ByContainer>("unsought").expect("text has a hash");
        let ask = || filter.may_have::<Texts, ByContainer>(keys, || 66 * keys.len(), unsought);
        (0..keys.len()).take_while(|_| filter.bits.get().is_none() && ask()).count()
    }

    fn may_have(filter: &KeyFilter, keys: &Texts, text: &str) -> bool {
        let hash = hash::<Texts, ByContainer>(text).expect("text has a hash");
        filter.may_have::<Texts, ByContainer>(keys, || unreachable!("the filter is made"), hash)
    }

    #[test]
    fn what_is_there_is_found_and_little_else() {
        let texts: Vec<String> =
            (0..10_000).map(|i| format!("{}{i:0>1$}", "\0".repeat(i % 3), i % 25)).collect();
        let keys = column(&texts);
        let filter = KeyFilter::default();
        let asked = make(&filter, &keys);
        assert!((texts.len() / 64..texts.len() / 16).contains(&asked), "{asked}");
        assert!(texts.iter().all(|text| may_have(&filter, &keys, text)));
        let wrong = (0..10_000).filter(|i| may_have(&filter, &keys, &format!("no {i}"))).count();
        assert!(wrong < 1_500, "{wrong} of 10,000");
        assert!(wrong > 0, "such a small filter can't tell all apart");
        assert!(filter.sizes().bytes_reserved <= 66 * texts.len() / 80, "{:?}", filter.sizes());
    }

    #[test]
    fn nothing_is_made_for_few_keys_or_few_questions() {
        let few = column(&["a", "b"].map(String::from));
        let many = column(&(0..1000).map(|i| format!("{i:04}")).collect::<Vec<_>>());
        let filter = KeyFilter::default();
        (0..100).for_each(|_| assert!(filter.may_have::<Texts, ByContainer>(&few, || 100, 7)));
        assert_eq!(filter.sizes(), Sizes::default());
        let filter = KeyFilter::default();
        let ask = || filter.may_have::<Texts, ByContainer>(&many, || 16_000, 7);
        assert!((0..1000).all(|_| ask()), "a few bytes for a key leave no room for a filter");
        assert_eq!(filter.sizes(), Sizes::default());
        let filter = KeyFilter::default();
        (0..10).for_each(|_| assert!(filter.may_have::<Texts, ByContainer>(&many, || 66_000, 7)));
        assert_eq!(filter.sizes(), Sizes::default());
    }

    #[test]
    fn many_threads_make_one() {
        let texts: Vec<String> = (0..5_000).map(|i| format!("key {i}")).collect();
        let keys = column(&texts);
        let filter = KeyFilter::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for text in &texts {
                        let hash = hash::<Texts, ByContainer>(text).expect("text has a hash");
                        assert!(filter.may_have::<Texts, ByContainer>(&keys, || 330_000, hash), "{text}");
                    }
                });
            }
        });
        assert!(filter.bits.get().is_some());
    }
}
