//! Repeated fields and maps.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Display};
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserializer, Serialize, Serializer};

use super::Form;
use super::fields::{Formed, ReadKnown};

/// The form of a repeated field: an array.
#[derive(Debug)]
pub struct List<F>(pub F);

impl<F: Form<T>, T> Form<Vec<T>> for List<F> {
    fn write<S: Serializer>(values: &Vec<T>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(|value| Formed::<F, T>(value, PhantomData)))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_seq(ListVisitor::<F, T>(PhantomData))
    }

    fn is_default(values: &Vec<T>) -> bool {
        values.is_empty()
    }
}

struct ListVisitor<F, T>(PhantomData<(F, T)>);

impl<'de, F: Form<T>, T> Visitor<'de> for ListVisitor<F, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element_seed(ReadKnown::<F, T>(PhantomData))? {
            values.extend(value);
        }
        Ok(values)
    }
}

/// The form of a map: an object, whose keys are text.
#[derive(Debug)]
pub struct Map<F>(pub F);

impl<F, K, V, H> Form<HashMap<K, V, H>> for Map<F>
where
    F: Form<V>,
    K: Display + Eq + FromStr + Hash,
    H: BuildHasher + Default,
{
    fn write<S: Serializer>(map: &HashMap<K, V, H>, serializer: S) -> Result<S::Ok, S::Error> {
        write::<F, K, V, S>(map, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<K, V, H>, D::Error> {
        deserializer.deserialize_map(MapVisitor::<F, K, V, _>(PhantomData))
    }

    fn is_default(map: &HashMap<K, V, H>) -> bool {
        map.is_empty()
    }
}

impl<F: Form<V>, K: Display + FromStr + Ord, V> Form<BTreeMap<K, V>> for Map<F> {
    fn write<S: Serializer>(map: &BTreeMap<K, V>, serializer: S) -> Result<S::Ok, S::Error> {
        write::<F, K, V, S>(map, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error> {
        deserializer.deserialize_map(MapVisitor::<F, K, V, _>(PhantomData))
    }

    fn is_default(map: &BTreeMap<K, V>) -> bool {
        map.is_empty()
    }
}

fn write<'a, F: Form<V>, K: Display + 'a, V: 'a, S: Serializer>(
    map: impl IntoIterator<Item = (&'a K, &'a V)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let entry = |(key, value)| (KeyText(key), Formed::<F, V>(value, PhantomData));
    serializer.collect_map(map.into_iter().map(entry))
}

/// A key, which is text in JSON.
struct KeyText<'a, K>(&'a K);

impl<K: Display> Serialize for KeyText<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

struct MapVisitor<F, K, V, M>(PhantomData<(F, K, V, M)>);

impl<'de, F, K, V, M> Visitor<'de> for MapVisitor<F, K, V, M>
where
    F: Form<V>,
    K: FromStr,
    M: Default + Extend<(K, V)>,
{
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<M, A::Error> {
        let mut map = M::default();
        while let Some(key) = entries.next_key_seed(Key(PhantomData))? {
            let value = entries.next_value_seed(ReadKnown::<F, V>(PhantomData))?;
            map.extend(value.map(|value| (key, value)));
        }
        Ok(map)
    }
}

/// The seed that reads a key from text.
struct Key<K>(PhantomData<K>);

impl<'de, K: FromStr> DeserializeSeed<'de> for Key<K> {
    type Value = K;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<K: FromStr> Visitor<'_> for Key<K> {
    type Value = K;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key of the map's type")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<K, E> {
        key.parse().map_err(|_| E::invalid_value(Unexpected::Str(key), &self))
    }
}
