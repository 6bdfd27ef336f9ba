//! What is done with cursors.
//!
//! Our cursor trait and those of two releases of differential dataflow are different traits with the same methods. What
//! is done with cursors is therefore written once, as the macro [`cursor_reading`](crate::cursor_reading), and expanded
//! beside each.

/// A `T` as a container of plain `T` shows it.
pub fn plain<T>(item: &T) -> &T {
    item
}

/// A number as a container of copies shows it.
pub fn copied<T: Copy>(item: &T) -> T {
    *item
}

/// A string as a container of contents shows it.
pub fn text(item: &String) -> &str {
    item
}

/// Expands to `scan`, `contents` and `seek`, by way of whatever `Cursor`, `KeyRef` and `ValRef` are in scope, and the
/// types of this crate's `contents`, `data` and `kind`. The arguments say how a time and a diff, as the cursor shows
/// them, become a `u64` and an `i64`.
#[macro_export]
macro_rules! cursor_reading {
    (|$time:ident| $as_time:expr, |$diff:ident| $as_diff:expr) => {
        fn scan<C>(mut cursor: C, storage: &C::Storage) -> Sums
        where
            C: Cursor<Time = u64, Diff = i64>,
        {
            let mut sums = Sums::default();
            while cursor.key_valid(storage) {
                while cursor.val_valid(storage) {
                    cursor.map_times(storage, |_, $diff| {
                        sums.count += 1;
                        sums.diffs += $as_diff;
                    });
                    cursor.step_val(storage);
                }
                cursor.step_key(storage);
            }
            sums
        }

        fn contents<C, K, V>(mut cursor: C, storage: &C::Storage) -> Contents
        where
            C: Cursor<Time = u64, Diff = i64>,
            for<'a> KeyRef<'a, C>: Shown<K>,
            for<'a> ValRef<'a, C>: Shown<V>,
        {
            let mut contents = Contents::default();
            while let Some(key) = cursor.get_key(storage) {
                let key = key.stable_hash();
                while let Some(val) = cursor.get_val(storage) {
                    let val = val.stable_hash();
                    contents.record(key, val, |add| {
                        cursor.map_times(storage, |$time, $diff| add($as_time, $as_diff));
                    });
                    cursor.step_val(storage);
                }
                cursor.step_key(storage);
            }
            contents
        }

        fn seek<C, K>(
            mut cursor: C,
            storage: &C::Storage,
            keys: &[K],
            order: Order,
            show: impl for<'a> Fn(&'a K) -> KeyRef<'a, C>,
        ) -> Sums
        where
            C: Cursor<Time = u64, Diff = i64>,
            for<'a> KeyRef<'a, C>: Shown<K>,
        {
            let mut sums = Sums::default();
            for key in keys {
                if order == Order::Random {
                    cursor.rewind_keys(storage);
                }
                cursor.seek_key(storage, show(key));
                if cursor.get_key(storage).is_some_and(|found| found.is(key)) {
                    sums.count += 1;
                    while cursor.val_valid(storage) {
                        cursor.map_times(storage, |_, $diff| sums.diffs += $as_diff);
                        cursor.step_val(storage);
                    }
                }
            }
            sums
        }
    };
}
