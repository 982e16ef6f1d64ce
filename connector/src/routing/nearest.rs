//! The routes that are like one that does not exist.

/// The most routes to suggest.
const MOST: usize = 3;
/// A longer name is nobody's misspelling, and comparing takes the product of two lengths.
const LONGEST: usize = 128;

/// Returns the routes that a misspelled name may stand for, the most similar first.
///
/// Case and underscores do not count. Of each part, up to a third of the letters may differ;
/// where the last part is right, the others need not be alike.
pub(crate) fn nearest<'r>(name: &str, routes: impl Iterator<Item = &'r str>) -> Vec<&'r str> {
    if name.len() > LONGEST {
        return Vec::new();
    }
    let wanted = folded(name);
    let mut found: Vec<_> =
        routes.filter_map(|route| Some((difference(&wanted, &folded(route))?, route))).collect();
    // Equally similar ones stay in the order of the table.
    found.sort_by_key(|(difference, _)| *difference);
    found.truncate(MOST);
    found.into_iter().map(|(_, route)| route).collect()
}

fn folded(name: &str) -> Vec<char> {
    name.chars().filter(|char| *char != '_').flat_map(char::to_lowercase).collect()
}

/// Returns the number of letters that differ; `None` if the two are not alike.
fn difference(one: &[char], other: &[char]) -> Option<usize> {
    let parts = |name| <[char]>::split(name, |char| *char == '.');
    if parts(one).count() == parts(other).count() {
        let letters = parts(one).zip(parts(other)).map(|(one, other)| {
            let letters = distance(one, other);
            (letters <= one.len().max(other.len()) / 3).then_some(letters)
        });
        if let Some(letters) = letters.sum() {
            return Some(letters);
        }
    }
    // `send` or `chat.send` for `chat.chatHandler.send` comes behind what is misspelled.
    (parts(one).next_back() == parts(other).next_back()).then_some(LONGEST)
}

/// Returns the distance of two texts: the number of letters to insert, to remove, to replace,
/// or to exchange with their neighbours (optimal string alignment).
fn distance(one: &[char], other: &[char]) -> usize {
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
    use super::nearest;

    const ROUTES: [&str; 5] = [
        "chat.chatHandler.send",
        "chat.chatHandler.leave",
        "chat.roomHandler.send",
        "game.lobbyHandler.joinRoom",
        "a.b.c",
    ];

    fn of(name: &str) -> Vec<&'static str> {
        nearest(name, ROUTES.into_iter())
    }

    #[test]
    fn misspelled_routes_are_found() {
        assert_eq!(of("chat.chatHandler.sned")[0], "chat.chatHandler.send");
        assert_eq!(of("chat.chathandler.Send")[0], "chat.chatHandler.send");
        assert_eq!(of("chat.roomHandle.send")[0], "chat.roomHandler.send");
        assert_eq!(of("game.lobbyHandler.join_room"), ["game.lobbyHandler.joinRoom"]);
        assert_eq!(of("game.lobby.joinRoom"), ["game.lobbyHandler.joinRoom"]);
    }

    #[test]
    fn the_last_part_alone_is_enough() {
        assert_eq!(of("send"), ["chat.chatHandler.send", "chat.roomHandler.send"]);
        assert_eq!(of("lobby.joinRoom"), ["game.lobbyHandler.joinRoom"]);
    }

    #[test]
    fn what_is_like_nothing_has_no_neighbours() {
        assert!(of("shop.cartHandler.buy").is_empty(), "{:?}", of("shop.cartHandler.buy"));
        assert!(of("").is_empty() && of("x").is_empty());
        assert!(of(&"chat.chatHandler.send".repeat(100)).is_empty());
    }

    #[test]
    fn letters_are_counted_as_people_do() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let distance = |one: &str, other: &str| super::distance(&chars(one), &chars(other));
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
