//! Texts that are alike.

/// Returns the distance of two texts: the number of letters to insert, to remove, to replace,
/// or to exchange with their neighbours (optimal string alignment). Takes the product of their
/// lengths.
///
/// ```
/// use connector_protocol::distance;
///
/// let chars = |text: &str| text.chars().collect::<Vec<_>>();
/// assert_eq!(distance(&chars("filters"), &chars("filter")), 1);
/// ```
pub fn distance(one: &[char], other: &[char]) -> usize {
    let mut before = vec![0; other.len() + 1];
    let mut last: Vec<_> = (0..=other.len()).collect();
    let mut row = last.clone();
    for (i, a) in one.iter().enumerate() {
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = last[j] + usize::from(a != b);
            row[j + 1] = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        std::mem::swap(&mut before, &mut last);
        std::mem::swap(&mut last, &mut row);
    }
    last[other.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn letters_are_counted_as_people_do() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let distance = |one: &str, other: &str| distance(&chars(one), &chars(other));
        for (one, other, letters) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("abcd", "acbd", 1),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
            ("straße", "strasse", 2),
        ] {
            assert_eq!(distance(one, other), letters, "{one} {other}");
        }
    }
}
